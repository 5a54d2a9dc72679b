import { build, type Plugin } from 'esbuild'

/** A TypeScript module, and what it imports by other names than those of its files. */
export interface Program {
  /** Its imports are found as if it stood in this folder. */
  readonly code: string
  /** The text of a file by the path that it is imported by. */
  readonly files?: Readonly<Record<string, string>>
}

/** For packages in CommonJS that ask for modules of Node. workerd has no path to be relative to. */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url ?? 'file:///')`

/** Writes a program with everything that it imports, except modules of Node, into one file. */
export async function bundle({ code, files = {} }: Program, outfile: string): Promise<void> {
  await build({
    stdin: { contents: code, resolveDir: import.meta.dirname, loader: 'ts' },
    plugins: [inMemory(files)],
    banner: { js: REQUIRE },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    logLevel: 'silent',
  })
}

function inMemory(files: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'in-memory',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\./ }, ({ path, importer, namespace }) => {
        const isOfProgram = namespace === 'memory' || importer === '<stdin>'
        return isOfProgram && path in files ? { path, namespace: 'memory' } : undefined
      })
      onLoad({ filter: /./, namespace: 'memory' }, ({ path }) => ({
        contents: files[path] as string,
        loader: 'ts',
        resolveDir: import.meta.dirname,
      }))
    },
  }
}
