import { foreignOrigin } from './console-options.ts'
import type { PageConfig } from './page-config.ts'

/** No configuration is written into it. Its addresses are relative, for every mount path. */
export const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="referrer" content="no-referrer">
    <title>Personal access tokens</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="assets/page.css">
    <script type="module" src="assets/page.js"></script>
  </head>
  <body>
    <header><p></p></header>
    <main><noscript>This page needs JavaScript.</noscript></main>
  </body>
</html>
`

/** Nothing but the page's own files and the API, no inline script or style, and no frame around it. */
export function securityHeaders(config: PageConfig): Readonly<Record<string, string>> {
  const origin = foreignOrigin(config)
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self'${origin === null ? '' : ` ${origin}`}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ]
  return {
    'Content-Security-Policy': policy.join('; '),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
  }
}
