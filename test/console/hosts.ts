import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { compile } from 'svelte/compiler'

const FOLDER = join(import.meta.dirname, 'hosts')

/** Hosts of the element, each with its program. */
const PROGRAMS = { React: 'react.jsx', Vue: 'vue.js', Svelte: 'svelte.js' } as const

export type HostName = keyof typeof PROGRAMS

const svelte: Plugin = {
  name: 'svelte',
  setup({ onLoad }) {
    onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const { js } = compile(await readFile(path, 'utf8'), { generate: 'client', filename: path, css: 'injected' })
      return { contents: js.code }
    })
  },
}

/** The pages of all hosts and what they load, by their paths. */
export async function hostPages(): Promise<ReadonlyMap<string, readonly [type: string, text: string]>> {
  const plain = await readFile(join(FOLDER, 'plain.html'), 'utf8')
  const pages = new Map<string, readonly [type: string, text: string]>([['/plain', ['text/html', plain]]])
  for (const [name, file] of Object.entries(PROGRAMS)) {
    const path = `/${name.toLowerCase()}`
    const script = await bundled(file)
    pages.set(path, ['text/html', plain.replace(/<h1>[\s\S]*<\/patkit-tokens>/, `<div id="app"></div>${tag(path)}`)])
    pages.set(`${path}.js`, ['text/javascript', script])
  }
  return pages
}

const tag = (path: string) => `<script type="module" src="${path}.js"></script>`

async function bundled(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(FOLDER, file)],
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    conditions: ['browser', 'production'],
    define: { 'process.env.NODE_ENV': '"production"', __VUE_PROD_DEVTOOLS__: 'false' },
    plugins: [svelte],
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}
