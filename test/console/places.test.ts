import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { openPostgres, openSqlite, type TestDatabase } from '../servers/test-database.ts'
import { announced, keptText, launch, type Visit, visit } from './browser.ts'
import { ACTOR, ADA, type Harness, type HarnessOptions, IS_TRIAL, openHarness } from './harness.ts'
import { type HostName, hostPages } from './hosts.ts'

const executablePath = inject('chromium')
const { postgres } = inject('servers')

/** Where people meet the console, each with its framework, its database and its path. */
const PLACES: readonly (readonly [
  string,
  NonNullable<HarnessOptions['framework']>,
  string,
  'SQLite' | 'PostgreSQL',
])[] = [
  ['the page in Express', 'Express', '/console/', 'PostgreSQL'],
  ['the page in Koa', 'Koa', '/console', 'SQLite'],
  ['the page in Hono', 'Hono', '/console', 'SQLite'],
  ['the element in HTML', 'Express', '/plain', 'SQLite'],
  ['the element in React 19', 'Express', '/react', 'SQLite'],
  ['the element in Vue 3', 'Express', '/vue', 'SQLite'],
  ['the element in Svelte 5', 'Express', '/svelte', 'SQLite'],
]

/** The full product: every framework and every host on both databases. */
const ALL_PLACES = (['SQLite', 'PostgreSQL'] as const).flatMap((engine) => [
  ...(['Express', 'Koa', 'Hono'] as const).map(
    (framework) => [`page in ${framework}`, framework, '/console', engine] as const,
  ),
  ...['/plain', '/react', '/vue', '/svelte'].map((path) => [`element at ${path}`, 'Express', path, engine] as const),
])

describe.skipIf(executablePath === null)('a token is created, rotated and revoked', () => {
  let browser: Browser
  let pages: HarnessOptions['pages']
  let database: TestDatabase
  let harness: Harness
  let open: Visit

  beforeAll(async () => {
    browser = await launch(executablePath as string)
    pages = await hostPages()
  })
  afterEach(async () => {
    await open?.page.context().close()
    await harness?.close()
    await database?.drop()
    expect(open?.faults).toEqual([])
  })
  afterAll(() => browser?.close())

  test.for(IS_TRIAL ? ALL_PLACES : PLACES)('on %s (%s %s) with %s', async ([, framework, path, engine], { skip }) => {
    if (engine === 'PostgreSQL' && postgres === null) return skip()
    database = engine === 'PostgreSQL' ? await openPostgres(postgres as string) : await openSqlite()
    harness = await openHarness(database, { framework, ...(pages && { pages }) })
    open = await visit(browser, harness, 'ada', '', { path })
    const { page } = open
    await page.getByRole('link', { name: 'New token' }).click()
    await page.getByLabel('Name', { exact: true }).fill('backup')
    await page.getByLabel(/^drive:read/).check()
    await page.getByRole('button', { name: 'Create token' }).click()
    const first = await secretOf(page)
    expect(await harness.use(first, '/files')).toBe(true)
    await page.getByRole('button', { name: 'Rotate' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
    const second = await secretOf(page)
    expect([await harness.use(first, '/files'), await harness.use(second, '/files')]).toEqual([false, true])
    await page.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await expect.poll(() => announced(page).textContent()).toBe('“backup” was revoked.')
    expect(await harness.use(second, '/files')).toBe(false)
    expect((await harness.tokens.list(ADA)).items.map(({ status }) => status)).toEqual(['revoked'])
    const kept = await keptText(page)
    for (const secret of [first, second]) expect(kept).not.toContain(secret)
    if (path.startsWith('/console')) expect(page.url()).toMatch(/\/console\/#\/tokens\//)
    else expect(new URL(page.url()).hash).toBe('')
  })

  test.for<HostName>(['React', 'Vue', 'Svelte'])('%s sets the columns and the parts of scopes', async (host) => {
    database = await openSqlite()
    const domains = JSON.stringify({ items: [{ id: 'd1', label: 'Greenhouse' }], more: false })
    const withDomains = new Map([...(pages ?? []), ['/choices/domains', ['application/json', domains] as const]])
    harness = await openHarness(database, { scopes: null, pages: withDomains })
    await harness.tokens.create(ACTOR, ADA, { name: 'sensor', description: 'On the roof', scopes: [] })
    open = await visit(browser, harness, 'root', '', { path: `/${host.toLowerCase()}` })
    const { page } = open
    await page.getByRole('heading', { name: 'API access' }).waitFor()
    await page.getByRole('link', { name: 'Principals' }).click()
    await page.getByRole('link', { name: 'ada' }).click()
    await page.getByText('On the roof').waitFor()
    expect((await page.locator('th').allTextContents()).map((text) => text.trim())).toEqual(['Name', 'Description'])
    await page.getByRole('link', { name: 'New token' }).click()
    await page.getByRole('radio', { name: /Greenhouse/ }).check()
    await page.getByRole('radio', { name: 'Read' }).check()
    await page.getByRole('button', { name: 'Add 1 scope' }).click()
    await page.getByRole('button', { name: 'Remove d1:read' }).waitFor()
    await page.getByText('Read in Greenhouse').first().waitFor()
  })

  test.for<HostName>(['React', 'Vue', 'Svelte'])(
    '%s receives the events, and gives texts and headers',
    async (host) => {
      database = await openSqlite()
      harness = await openHarness(database, pages === undefined ? {} : { pages })
      open = await visit(browser, harness, 'ada', '', { path: `/${host.toLowerCase()}` })
      const { page } = open
      const headers: (string | undefined)[] = []
      page.on('request', (request) => {
        if (request.method() === 'POST') headers.push(request.headers()['x-csrf-token'])
      })
      await page.getByRole('heading', { name: 'API access' }).waitFor()
      await page.getByRole('link', { name: 'New token' }).click()
      await page.getByLabel('Name', { exact: true }).fill('heard')
      await page.getByRole('button', { name: 'Create token' }).click()
      await secretOf(page)
      await expect.poll(() => page.locator('output').textContent()).toBe('token-created')
      expect(headers).toEqual([`from-${host.toLowerCase()}`])
    },
  )
})

/** The shown secret, after which the step is closed. */
async function secretOf(page: Page): Promise<string> {
  const secret = await page.getByLabel('Secret', { exact: true }).inputValue()
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('button', { name: 'Close without copying' }).click()
  await page.getByRole('button', { name: 'Rotate' }).waitFor()
  return secret
}
