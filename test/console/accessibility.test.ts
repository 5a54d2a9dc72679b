import type { BrowserContextOptions, Page } from 'playwright-core'
import { describe, expect, inject, test } from 'vitest'
import { loadAxe, violations } from './axe.ts'
import { type Harness, IS_TRIAL } from './harness.ts'
import { openConsole } from './open-console.ts'
import { seedTokens } from './seed.ts'

const executablePath = inject('chromium')

const RIGHT_TO_LEFT = 'right to left'

const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
  'forced colours': { forcedColors: 'active' },
  ...(IS_TRIAL && {
    phone: { viewport: { width: 320, height: 640 } },
    'a zoom of 200 %': { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 },
    'more contrast': { contrast: 'more' as const },
    [RIGHT_TO_LEFT]: { locale: 'ar' },
  }),
}

describe.skipIf(executablePath === null)('axe finds nothing', () => {
  let harness: Harness
  let seeded: Seeded
  const { on } = openConsole(async (opened) => {
    harness = opened
    seeded = await seedTokens(harness)
  })

  test.each(Object.entries(LOOKS))('on every screen and state in %s', async (name, look) => {
    const page = await on('root', '', look)
    await loadAxe(page)
    if (name === RIGHT_TO_LEFT) await page.evaluate("document.documentElement.dir = 'rtl'")
    const found: string[] = []
    for (const [state, show] of states(harness, seeded)) {
      await show(page)
      found.push(...(await violations(page)).map((violation) => `${state}: ${violation}`))
      const width = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'))
      if (width > 0) found.push(`${state}: ${width} pixels wider than the page`)
    }
    expect(found).toEqual([])
  })
})

type Show = (page: Page) => Promise<unknown>

type Seeded = Awaited<ReturnType<typeof seedTokens>>

function states(
  harness: Harness,
  { backupId, rotatedId, revokedId, releasesId }: Seeded,
): readonly (readonly [string, Show])[] {
  const at = (hash: string, text: string | RegExp) => async (page: Page) => {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
    await page.getByText(text).first().waitFor()
    // Contents that are loaded again are faint until they are there.
    await expect.poll(() => page.locator('[aria-busy="true"]').count()).toBe(0)
  }
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
  const instead = async (page: Page, name: string) => {
    await page.keyboard.press('Escape')
    await button(page, name)
  }
  const backup = `#/of/ada/tokens/${backupId}`
  return [
    ['empty', at('#/of/eve/tokens', 'No tokens yet')],
    ['tokens', at('#/of/ada/tokens', 'nightly backup')],
    ['no match', at('#/of/ada/tokens?search=zzz', 'No token matches')],
    ['form', at('#/of/deploy-bot/new?name=x&addresses=10.0.0.300', 'Not an IP address')],
    ['form without a name', (page) => button(page, 'Create token')],
    ['token', at(backup, 'Requests a day')],
    ['add scopes', (page) => button(page, 'Add scopes')],
    ['edit', (page) => instead(page, 'Edit')],
    ['rotate', (page) => instead(page, 'Rotate')],
    ['revoke', (page) => instead(page, 'Revoke')],
    ['rotation', at(`#/of/ada/tokens/${rotatedId}`, 'Put the new secret into every program')],
    ['revoked', at(`#/of/ada/tokens/${revokedId}`, 'The conference is over')],
    ['unused scopes', at(`#/of/deploy-bot/tokens/${releasesId}`, 'Without a recorded use')],
    ['missing', at('#/tokens/none', 'This was not found')],
    ['audit', at('#/audit', 'Events on this page')],
    ['decision', at('#/audit?request_id=req-5', 'The decision about this request')],
    ['inventory', at('#/inventory', 'active tokens match')],
    ['dry run', at('#/inventory?filter=trial&max_days=90', 'Try an expiry policy')],
    ['principals', at('#/principals', 'deploy-bot')],
    ['secret', secretState(at)],
    ['lines', (page) => page.getByText('Lines that are ready').click()],
    ['asking', (page) => button(page, 'Done')],
    ['outage', outageState(harness, at)],
  ]
}

function secretState(at: (hash: string, text: string) => Show): Show {
  return async (page) => {
    await at('#/new?name=shown', 'A link has filled')(page)
    await page.getByRole('button', { name: 'Create token' }).click()
    await page.getByText('This is the only time').waitFor()
  }
}

function outageState(harness: Harness, at: (hash: string, text: string) => Show): Show {
  return async (page) => {
    await page.getByRole('button', { name: 'Close without copying' }).click()
    harness.faults.isDown = true
    await at('#/principals?kind=user', 'The server has a problem')(page)
    harness.faults.isDown = false
  }
}
