import type { Api } from '@patkit/api'
import { type Browser, type ConsoleMessage, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { createHarness } from '../../packages/api/test/harness.ts'
import { listening, MOUNTS } from '../api/mounts.ts'

const executablePath = inject('chromium')
const PLACES = [
  ['Express 5', ''],
  ['Koa 3', '/manage'],
  ['Hono', '/api/v1/pats'],
] as const

describe.skipIf(executablePath === null)('the page for people', () => {
  let browser: Browser
  let close = async () => {}
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath as string, args: ['--no-sandbox'] })
  })
  afterEach(() => close())
  afterAll(() => browser?.close())

  async function open(mount: string, basePath: string, width = 1280) {
    const harness = await createHarness({ basePath })
    const server = await listening(MOUNTS[mount as 'Hono']?.(harness.api) as never)
    const page = await browser.newPage({ viewport: { width, height: 900 } })
    const heard = listenTo(page)
    close = async () => {
      // Before its server, which waits for its connections, and before the browser.
      await page.close()
      await server.close()
    }
    await page.goto(`${server.url}${basePath}/docs`)
    await page.locator('.opblock').last().waitFor()
    return { ...harness, page, url: server.url, ...heard }
  }

  test.each(PLACES)(
    'in %s below "%s" it shows every operation, and loads nothing from elsewhere',
    async (mount, base) => {
      const { page, api, url, faults, asked } = await open(mount, base)
      expect(await page.title()).toBe('Personal access tokens')
      expect(await shown(page)).toEqual(documented(api))
      expect(faults).toEqual([])
      expect(asked.filter((address) => !address.startsWith(`${url}${base}/`))).toEqual([])
    },
  )

  test('a token that is typed in is sent, and forgotten with the page', async () => {
    const { page, headersOf, faults } = await open('Express 5', '/manage')
    const [, token = ''] = headersOf('managingToken').authorization?.split(' ') ?? []
    await page.getByRole('button', { name: 'Authorize' }).click()
    await page.locator('.modal-ux input').fill(token)
    await page.locator('.modal-ux').getByRole('button', { name: 'Apply credentials' }).click()
    await page.locator('.modal-ux').getByRole('button', { name: 'Close' }).first().click()
    await page
      .locator('.opblock', { hasText: '/tokens' })
      .filter({ hasText: 'A page of tokens, by default the newest first' })
      .first()
      .locator('.opblock-summary')
      .click()
    await page.getByRole('button', { name: 'Try it out' }).click()
    const answered = page.waitForResponse((response) => new URL(response.url()).pathname === '/manage/tokens')
    await page.getByRole('button', { name: 'Execute' }).click()
    const response = await answered
    expect(response.status()).toBe(200)
    expect(await response.json()).toMatchObject({ items: [{ name: 'ada' }, {}, {}, {}] })
    expect(await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]')).toEqual([0, 0, ''])
    expect(faults).toEqual([])
  })

  test('it fits a telephone', async () => {
    const { page, faults } = await open('Hono', '/manage', 400)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400)
    expect(faults).toEqual([])
  })
})

function listenTo(page: Page) {
  const faults: string[] = []
  const asked: string[] = []
  page.on('console', (message: ConsoleMessage) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('request', (request) => asked.push(request.url()))
  return { faults, asked }
}

async function shown(page: Page): Promise<string[]> {
  const blocks = await page.locator('.opblock').all()
  const rows = blocks.map(async (block) => {
    const method = await block.locator('.opblock-summary-method').textContent()
    const path = await block.locator('.opblock-summary-path').getAttribute('data-path')
    return `${method?.toLowerCase()} ${path}`
  })
  return (await Promise.all(rows)).sort()
}

function documented({ routes }: Api): string[] {
  return routes.map(({ method, path }) => `${method} ${path}`).sort()
}
