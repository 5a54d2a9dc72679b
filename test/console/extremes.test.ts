import { defineScopes } from '@patkit/core'
import { Kysely, sql } from 'kysely'
import type { Page } from 'playwright-core'
import { describe, expect, inject, test } from 'vitest'
import type { TestDatabase } from '../servers/test-database.ts'
import { ACTOR, ADA, type Harness } from './harness.ts'
import { openConsole } from './open-console.ts'

const executablePath = inject('chromium')
const TOKENS = 10_000
const SCOPES = Array.from({ length: 200 }, (_, n) => `area${Math.floor(n / 20)}:action${n}`)
const PHONE = { viewport: { width: 390, height: 844 } }
/** As long as a name may be, from right to left, and without a place to break. */
const LONG_NAME = 'ש'.repeat(255)

interface Box {
  readonly scrollWidth: number
  readonly clientWidth: number
}

describe.skipIf(executablePath === null)('the console at its limits', () => {
  let database: TestDatabase
  let harness: Harness
  let page: Page
  const scopes = defineScopes(Object.fromEntries(SCOPES.map((scope) => [scope, `Label of ${scope}`])))
  const { on, calls } = openConsole(
    (opened, its) => {
      harness = opened
      database = its
    },
    { scopes },
  )

  const overflow = () => page.evaluate('document.documentElement.scrollWidth - innerWidth')

  test('of 10,000 tokens, the first page is one request of at most 100 rows', async () => {
    const { token } = await harness.tokens.create(ACTOR, { ...ADA, principalId: 'eve' }, { name: 'first' })
    await copied(database, token.id)
    page = await on('root', '#/of/eve/tokens', PHONE)
    await page.getByText('10,000 tokens').waitFor()
    const lists = calls().filter((call) => call.startsWith('GET /api/principals/eve/tokens'))
    expect(lists).toHaveLength(1)
    expect(Number(/limit=(\d+)/.exec(lists[0] as string)?.[1])).toBeLessThanOrEqual(100)
    expect(await page.locator('td.name').count()).toBe(25)
    expect(await overflow()).toBeLessThanOrEqual(0)
  })

  test('200 scopes are searched, given in one token, and shown', async () => {
    page = await on('root', '#/of/root/new', PHONE)
    await page.getByLabel('Name', { exact: true }).fill('everything')
    await page.getByLabel('Search scopes').fill('action77')
    await page.getByLabel(/^area3:action77/).check()
    await page.getByText('1 scope chosen').waitFor()
    await page.getByLabel('Search scopes').fill('')
    await page.getByRole('button', { name: 'All that you may grant' }).click()
    await page.getByText('200 scopes chosen').waitFor()
    await page.getByRole('button', { name: 'Create token' }).click()
    await page.getByLabel('Secret', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('button', { name: 'Close without copying' }).click()
    await page.getByRole('button', { name: 'Remove area9:action199' }).waitFor()
    expect(await overflow()).toBeLessThanOrEqual(0)
  })

  test('on a phone the tabs are one line, the present one in sight, and the texts of a chart have their size', async () => {
    page = await on('root', '#/tokens', PHONE)
    await page.setViewportSize({ width: 320, height: 844 })
    await page.evaluate("location.hash = '#/audit'")
    await page.getByRole('heading', { name: 'Audit log' }).waitFor()
    const links = page.getByRole('navigation').getByRole('link')
    const boxes = await Promise.all((await links.all()).map((link) => link.boundingBox()))
    expect(boxes.length).toBe(4)
    expect(new Set(boxes.map((box) => box?.y)).size).toBe(1)
    const current = boxes.at(-1) ?? { x: 0, width: 0 }
    expect(current.x + current.width).toBeLessThanOrEqual(320)
    const { token } = await harness.tokens.create(ACTOR, ADA, { name: 'chart' })
    await page.evaluate(`location.hash = '#/of/ada/tokens/${token.id}'`)
    const label = page.locator('[part="chart"] .ends span').first()
    await label.waitFor()
    expect((await label.boundingBox())?.height).toBeGreaterThan(12)
    expect(await overflow()).toBeLessThanOrEqual(0)
  })

  test('long names and names from right to left break nothing, and bidirectional marks are refused', async () => {
    const { token } = await harness.tokens.create(ACTOR, ADA, { name: LONG_NAME, description: 'x'.repeat(500) })
    page = await on('root', '#/of/ada/tokens', PHONE)
    await page.getByRole('link', { name: LONG_NAME }).waitFor()
    expect(await overflow()).toBeLessThanOrEqual(0)
    await page.evaluate(`location.hash = '#/of/ada/tokens/${token.id}'`)
    await page.getByRole('heading', { name: LONG_NAME }).waitFor()
    expect(await overflow()).toBeLessThanOrEqual(0)
    await page.getByRole('button', { name: 'Revoke' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(LONG_NAME).waitFor()
    expect(await dialog.evaluate((box: Box) => box.scrollWidth - box.clientWidth)).toBeLessThanOrEqual(0)
    await page.keyboard.press('Escape')
    await page.evaluate(`location.hash = '#/of/ada/new?name=${'n'.repeat(256)}'`)
    await page.getByRole('heading', { name: 'New token' }).waitFor()
    const name = page.getByLabel('Name', { exact: true })
    for (const bad of ['n'.repeat(256), 'safe\u202egnp.exe']) {
      await name.evaluate((field: { value: string }, value) => (field.value = value), bad)
      await name.dispatchEvent('input')
      await page.getByRole('button', { name: 'Create token' }).click()
      await page.getByText('must have 1 to 255 printable characters').first().waitFor()
      expect(await overflow()).toBeLessThanOrEqual(0)
    }
  })
})

/** One token, copied until an owner has 10,000. */
async function copied(database: TestDatabase, id: string): Promise<void> {
  const db = new Kysely<unknown>({ dialect: database.dialect() })
  const columns = await sql<{ name: string }>`select name from pragma_table_info('patkit_token')`.execute(db)
  const names = columns.rows.map(({ name }) => name).filter((name) => name !== 'id')
  const rest = sql.join(names.map((name) => sql.ref(name)))
  await sql`
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ${TOKENS - 1})
    insert into patkit_token (id, ${rest})
    select t.id || '-' || n.i, ${rest} from patkit_token t, n where t.id = ${id}`.execute(db)
  await db.destroy()
}
