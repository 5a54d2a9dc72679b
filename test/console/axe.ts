import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** Loads axe into a page. Its policy applies to script elements, not to this. */
export async function loadAxe(page: Page): Promise<void> {
  await page.evaluate(AXE)
}

/** The violations of WCAG 2.2 AA and of good practice on the page as it is. */
export async function violations(page: Page): Promise<string[]> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  // One heading of the first rank is the host's.
  const options = { runOnly: tags, rules: { 'page-has-heading-one': { enabled: false }, region: { enabled: false } } }
  const found = await page.evaluate<Violation[]>(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`,
  )
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id} ${html} ${failureSummary}`))
}
