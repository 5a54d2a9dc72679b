import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { posix } from 'node:path'

export interface DocsPageOptions {
  readonly title: string
  /** Where the page is, and where the document that it shows; both below the same base. */
  readonly docsPath: string
  readonly documentPath: string
}

/** The page for people, and what it loads. `null` where it is not there: swagger-ui-dist draws it, where installed. */
export interface DocsPage {
  html(): Promise<Response | null>
  asset(name: string): Promise<Response | null>
}

/** The renderer's own files, by their names. */
const RENDERER = { 'swagger-ui.css': 'text/css', 'swagger-ui-bundle.js': 'text/javascript' } as const
type RendererFile = keyof typeof RENDERER
const START = 'start.js'

/** A token that is typed in stays in the page's memory (ASVS 14.3.3), and no address of a document is taken from the URL. */
const START_SCRIPT = `const docs = document.getElementById('docs')
SwaggerUIBundle({
  domNode: docs,
  url: docs.dataset.document,
  validatorUrl: null,
  persistAuthorization: false,
  queryConfigEnabled: false,
  defaultModelsExpandDepth: 0,
})
`

/** Nothing but the page's own files, and no other site may frame it. The renderer's icons are `data:` images. */
const SECURITY_HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
} as const

/** A page that loads everything from beside itself, so that it works under any base path. Files are read when asked for. */
export function docsPage(options: DocsPageOptions): DocsPage {
  const files = new Map<RendererFile, Promise<string | null>>()

  function rendererFile(name: RendererFile): Promise<string | null> {
    const known = files.get(name) ?? readRenderer(name)
    files.set(name, known)
    return known
  }

  return Object.freeze({
    async html() {
      const isInstalled = (await rendererFile('swagger-ui.css')) !== null
      return isInstalled ? answer(htmlOf(options), 'text/html', 'no-store') : null
    },
    async asset(name: string) {
      if (name === START) return answer(START_SCRIPT, 'text/javascript', 'public, max-age=3600')
      if (!isRendererFile(name)) return null
      const text = await rendererFile(name)
      return text === null ? null : answer(text, RENDERER[name], 'public, max-age=3600')
    },
  })
}

async function readRenderer(name: RendererFile): Promise<string | null> {
  try {
    return await readFile(createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`), 'utf8')
  } catch {
    return null
  }
}

function isRendererFile(name: string): name is RendererFile {
  return Object.hasOwn(RENDERER, name)
}

function answer(text: string, type: string, caching: string): Response {
  const headers = { ...SECURITY_HEADERS, 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': caching }
  return new Response(text, { headers })
}

function htmlOf({ title, docsPath, documentPath }: DocsPageOptions): string {
  const beside = posix.basename(docsPath)
  const document = posix.relative(posix.dirname(docsPath), documentPath)
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escaped(title)}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${escaped(beside)}/swagger-ui.css">
  </head>
  <body>
    <div id="docs" data-document="${escaped(document)}"></div>
    <script src="${escaped(beside)}/swagger-ui-bundle.js"></script>
    <script src="${escaped(beside)}/${START}"></script>
  </body>
</html>
`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
