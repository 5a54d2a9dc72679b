import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Harness, Who } from './harness.ts'

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

/** A page of the console in a context of its own, and its faults. */
export interface Visit {
  readonly page: Page
  /** Errors of scripts and of the policy, and failed loads other than those of the API. */
  readonly faults: readonly string[]
  /** Requests to the API: `GET /api/tokens?…`. */
  readonly calls: string[]
}

export async function visit(
  browser: Browser,
  harness: Harness,
  who: Who,
  hash = '',
  options: BrowserContextOptions & { readonly path?: string } = {},
): Promise<Visit> {
  const { path = '/console/', ...rest } = options
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...rest })
  await context.addCookies([{ name: 'session', value: who, url: harness.url }])
  const page = await context.newPage()
  const faults: string[] = []
  const calls: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    const isAnswer = /the server responded with a status|ERR_INTERNET_DISCONNECTED|ERR_FAILED/.test(message.text())
    if (message.type() === 'error' && !isAnswer) faults.push(message.text())
  })
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url())
    if (pathname.startsWith('/api/')) calls.push(`${request.method()} ${pathname}${search}`)
  })
  await page.goto(`${harness.url}${path}${hash}`)
  await page.locator('patkit-tokens h2').first().waitFor()
  return { page, faults, calls }
}

/** Everything that a page keeps as text: documents with their shadows, fields, address, history, storage and cookies. */
export function keptText(page: Page): Promise<string> {
  return page.evaluate(`(() => {
    const texts = [location.href, JSON.stringify(history.state), document.cookie]
    texts.push(JSON.stringify(Object.entries(localStorage)), JSON.stringify(Object.entries(sessionStorage)))
    const read = (root) => {
      texts.push(root.innerHTML ?? '')
      for (const element of root.querySelectorAll('*')) {
        if ('value' in element) texts.push(String(element.value))
        if (element.shadowRoot) read(element.shadowRoot)
      }
    }
    read(document)
    read(document.documentElement)
    return texts.join('\\n')
  })()`)
}

/** What the live region said last. */
export const announced = (page: Page) => page.locator('[part="announcement"]')

/** Moves the focus by Tab until it is on the control of that name. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let step = 0; step < 80; step++) {
    await page.keyboard.press('Tab')
    const text = await focusedName(page)
    if (typeof name === 'string' ? text === name : name.test(text)) return
  }
  throw new Error(`Tab does not lead to ${name}`)
}

/** The name of the control that has the focus. */
export function focusedName(page: Page): Promise<string> {
  return page.evaluate(`(() => {
    let element = document.activeElement
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
    if (!element) return ''
    const label = element.labels?.[0]?.textContent
    return (element.getAttribute('aria-label') ?? label ?? element.textContent ?? '').trim().replace(/\\s+/g, ' ')
  })()`)
}
