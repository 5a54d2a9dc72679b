/** `npx tsx test/console/guide-pictures.ts`: writes the pictures of docs/guides/console.md. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { ROOT } from '../architecture/repository.ts'
import { findChromium } from '../servers/chromium.ts'
import { openSqlite } from '../servers/test-database.ts'
import { launch, visit } from './browser.ts'
import { type Harness, openHarness, type Who } from './harness.ts'
import { seedTokens } from './seed.ts'

const FOLDER = join(ROOT, 'docs/guides/console')
const SIZE = { width: 1000, height: 620 }
const PHONE = { width: 390, height: 720 }

const database = await openSqlite()
const harness = await openHarness(database)
const { backupId } = await seedTokens(harness)
const browser = await launch(await findChromium())
const created = `#/new?name=photo%20sync&scopes=drive:read,mail:read`
const nothing = async () => {}

await take('tokens', 'ada', '', nothing)
await take('create', 'ada', created, nothing)
await take('token', 'ada', `#/tokens/${backupId}`, nothing)
await take('revoke', 'ada', `#/tokens/${backupId}`, (page) => page.getByRole('button', { name: 'Revoke' }).click())
await take('audit', 'root', '#/audit', nothing, { colorScheme: 'dark' })
await take('phone', 'ada', '', nothing, { viewport: PHONE })
await browser.close()
await harness.close()
await database.drop()

type Options = NonNullable<Parameters<Browser['newContext']>[0]>

async function take(name: string, who: Who, hash: string, act: (page: Page) => Promise<void>, look: Options = {}) {
  const { page } = await visit(browser, harness as Harness, who, hash, { viewport: SIZE, ...look })
  await page.waitForLoadState('networkidle')
  await act(page)
  await page.evaluate('document.activeElement?.blur()')
  const png = await page.screenshot()
  await page.context().close()
  await writeFile(join(FOLDER, `${name}.webp`), await webp(png))
}

/** Chromium writes WebP from a canvas. */
async function webp(png: Buffer): Promise<Buffer> {
  const page = await browser.newPage()
  const url = await page.evaluate<string>(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${png.toString('base64')}'
    await image.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
    canvas.getContext('2d').drawImage(image, 0, 0)
    return canvas.toDataURL('image/webp', 0.82)
  })()`)
  await page.close()
  return Buffer.from(url.split(',')[1] ?? '', 'base64')
}
