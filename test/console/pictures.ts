/** `npx tsx test/console/pictures.ts FOLDER [looks]`: writes pictures of the console, for people to look at. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { findChromium } from '../servers/chromium.ts'
import { openSqlite } from '../servers/test-database.ts'
import { type Harness, openHarness, type Who } from './harness.ts'
import { seedTokens } from './seed.ts'

const folder = process.argv[2] ?? 'pictures'
const LOOKS = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
} as const

await mkdir(folder, { recursive: true })
const database = await openSqlite()
const harness = await openHarness(database)
const { backupId, rotatedId, revokedId, releasesId } = await seedTokens(harness)
const browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox'] })
const wanted = process.argv[3]?.split(',') ?? (Object.keys(LOOKS) as (keyof typeof LOOKS)[])
for (const look of Object.keys(LOOKS) as (keyof typeof LOOKS)[])
  if (wanted.includes(look)) await take(browser, harness, look)
await browser.close()
await harness.close()
await database.drop()

async function take(browser: Browser, { url }: Harness, look: keyof typeof LOOKS): Promise<void> {
  const open = async (who: Who, hash: string, name: string, act: (page: Page) => Promise<unknown> = async () => {}) => {
    const context = await browser.newContext({ ...LOOKS[look], locale: 'en-GB' })
    await context.addCookies([{ name: 'session', value: who, url }])
    const page = await context.newPage()
    page.on('console', (message) => message.type() === 'error' && console.error(name, message.text()))
    page.on('pageerror', (error) => console.error(name, error.message))
    await page.goto(`${url}/console/${hash}`)
    await page.locator('patkit-tokens h2').first().waitFor()
    await page.waitForLoadState('networkidle')
    await act(page)
    await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: true })
    await context.close()
  }
  await open('ada', '', 'tokens')
  await open('eve', '', 'empty')
  await open('ada', '#/new?name=nightly%20backup&scopes=drive:read', 'create')
  await open('ada', '#/new?name=nightly%20backup&scopes=drive:read', 'secret', async (page) => {
    await page.getByRole('button', { name: 'Create token' }).click()
    await page.getByText('Lines that are ready to use').click()
  })
  await open('ada', `#/tokens/${backupId}`, 'token')
  await open('ada', `#/tokens/${rotatedId}`, 'rotation')
  await open('ada', `#/tokens/${revokedId}`, 'revoked')
  await open('root', `#/of/deploy-bot/tokens/${releasesId}`, 'unused')
  await open('ada', `#/tokens/${backupId}`, 'revoke', async (page) => {
    await page.getByRole('button', { name: 'Revoke' }).click()
  })
  await open('root', '#/audit', 'audit')
  await open('root', '#/audit?request_id=req-5', 'decision')
  await open('root', '#/inventory?filter=unused', 'inventory', async (page) => {
    await page.getByLabel('Select all').check()
  })
  await open('root', '#/inventory?filter=trial&max_days=90&idle_days=60', 'trial')
  await open('root', '#/principals', 'principals')
}
