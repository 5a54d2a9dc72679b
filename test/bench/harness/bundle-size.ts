import { gzipSync } from 'node:zlib'
import { buildSync } from 'esbuild'

/** What an app takes over the wire or into a function: bytes of everything that both packages export, without Hono. */
export interface BundleSize {
  readonly minified: number
  readonly gzipped: number
}

/** `folder` is one of built packages. */
export function bundleSize(folder: string): BundleSize {
  const { outputFiles } = buildSync({
    stdin: { contents: `export * from '@patkit/core'\nexport * from '@patkit/hono'`, resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['hono'],
    // Licence comments of dependencies are kept by those who deploy.
    legalComments: 'none',
  })
  const code = outputFiles[0]?.contents ?? new Uint8Array()
  return { minified: code.byteLength, gzipped: gzipSync(code, { level: 9 }).byteLength }
}
