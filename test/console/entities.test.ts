import type { Page } from 'playwright-core'
import { describe, expect, inject, test } from 'vitest'
import { deferred } from '../nodes/deferred.ts'
import { loadAxe, violations } from './axe.ts'
import { announced, tabTo } from './browser.ts'
import { ACTOR, type Harness, ROBOT } from './harness.ts'
import { openConsole } from './open-console.ts'

const executablePath = inject('chromium')
const HOSTILE = '<img src=x onerror=alert(1)>'
/** Ends the isolate around it, and turns the rest of the sentence. */
const TURNING = 'Attic\u2069\u202e'

const LOOK = {
  columns: ['name', 'scopes', 'ends', 'addresses', 'user', 'status', 'actions'],
  statuses: ['active', 'expired', 'revoked'],
  actions: ['view', 'edit', 'rotate', 'revoke', 'regenerate', 'delete'],
  principalKind: 'service',
  signOutUrl: '/sign-out',
  catalogue: { 'tokens.titleOf': 'Keys of {owner}', 'tokens.ends': 'Expiry date' },
  entityScopes: {
    parts: [
      { name: 'domain', label: 'Domain', source: '/choices/domains', all: 'All domains' },
      { name: 'type', label: 'Type', values: [{ value: 'channels', label: 'Channels' }] },
      { name: 'entity', label: 'Entity', source: '/choices/entities', all: 'All entities', several: true },
      { name: 'operation', label: 'Operation', values: [{ value: 'read', label: 'Read' }] },
    ],
    sentence: '{operation} {type} {entity} in {domain}',
  },
} as const

const json = (body: object): readonly [string, string] => ['application/json', JSON.stringify(body)]

const PAGES = new Map([
  ['/choices/domains', json({ items: [{ id: 'd1', label: 'Greenhouse' }], more: false })],
  [
    '/choices/entities',
    json({
      items: [
        ...['c1', 'c2', '*', 'd1:x'].map((id) => ({ id, label: `${HOSTILE} ${id}` })),
        { id: 'turned', label: TURNING },
      ],
      more: true,
    }),
  ],
])

describe.skipIf(executablePath === null)('the console with the words of a host', () => {
  let harness: Harness
  const { on } = openConsole(
    async (opened) => {
      harness = opened
      await harness.tokens.putPrincipal(ACTOR, { ...ROBOT, kind: 'service', ceiling: ['d1:*', 'drive:read'] })
    },
    { wildcards: true, scopes: null, console: LOOK, pages: PAGES },
  )

  const latest = async () => (await harness.tokens.list(ROBOT, { limit: 1 })).items[0]

  test('a scope is put together of its parts, and wildcards above the ceiling are off, with the reason', async () => {
    const page = await on('root', '#/of/deploy-bot/new?name=sensor')
    await loadAxe(page)
    const all = page.getByRole('radio', { name: /All domains/ })
    await expect.poll(() => all.isDisabled()).toBe(true)
    expect(await all.locator('xpath=..').textContent()).toContain('Not held by you or by the owner.')
    expect(await page.getByText('First choose: Type.').count()).toBe(1)
    await page.getByRole('radio', { name: /Greenhouse/ }).check()
    await page.getByRole('radio', { name: 'Channels' }).check()
    const query = page.waitForRequest(/search=c1/)
    await page.getByLabel('Search: Entity').fill('c1')
    expect(new URL((await query).url()).search).toBe('?domain=d1&type=channels&search=c1&page=1')
    expect(await page.getByRole('checkbox', { name: /img/ }).count()).toBe(2)
    await page.getByRole('checkbox', { name: /img.* c1/ }).check()
    await page.getByRole('radio', { name: 'Read' }).check()
    expect(await page.getByRole('checkbox', { name: /All entities/ }).isDisabled()).toBe(false)
    await page.getByText(`Read Channels ${HOSTILE} c1 in Greenhouse`).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Add 1 scope' }).click()
    await expect.poll(() => announced(page).textContent()).toBe('1 scope was added to the choice.')
    await page.getByRole('button', { name: 'Create token' }).click()
    await page.getByText('This is the only time').waitFor()
    expect(await latest()).toMatchObject({ name: 'sensor', scopes: ['d1:channels:c1:read'] })
  })

  test('scopes are added to a token with the keyboard alone', async () => {
    const { token } = await harness.tokens.create(ACTOR, ROBOT, { name: 'keys', scopes: [], expiry: { days: 9 } })
    const page = await on('root', `#/of/deploy-bot/tokens/${token.id}`)
    await page.getByRole('button', { name: 'Add scopes' }).press('Enter')
    await page.getByRole('radio', { name: /Greenhouse/ }).waitFor()
    for (const name of [/^Greenhouse/, /^Channels/, /^All entities/, /^Read/]) {
      await tabTo(page, name)
      await page.keyboard.press('Space')
    }
    await expect.poll(() => page.getByRole('button', { name: 'Add 1 scope' }).isEnabled()).toBe(true)
    await tabTo(page, 'Add 1 scope')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Add the chosen scopes')
    await page.keyboard.press('Enter')
    await expect.poll(() => announced(page).textContent()).toBe('The scopes were added.')
    expect((await harness.tokens.get(ROBOT, token.id)).scopes).toEqual(['d1:channels:*:read'])
  })

  test('scopes of a link are removed one by one, in German', async () => {
    const page = await on('root', '#/of/deploy-bot/new?scopes=d1:channels:c1:read', { locale: 'de-DE' })
    await loadAxe(page)
    await page.getByText(`Read Channels ${HOSTILE} c1 in Greenhouse`).waitFor()
    await page.getByRole('button', { name: /d1:channels:c1:read/ }).click()
    await page.getByText('0 Rechte gewählt').waitFor()
    expect(await page.getByText('Einträge wählen').count()).toBe(1)
    expect(await violations(page)).toEqual([])
  })

  test('scopes of tokens have labels in the table, on the page and in the form, asked once', async () => {
    const scopes = ['d1:channels:c1:read', 'd1:channels:gone:read', 'drive:read']
    const { token } = await harness.tokens.create(ACTOR, ROBOT, { name: 'labels', scopes, expiry: { days: 9 } })
    const asked: string[] = []
    const page = await on('root', '#/of/deploy-bot/new')
    // The choices of the form bring the label of the domain.
    await page.getByRole('radio', { name: /Greenhouse/ }).waitFor()
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url())
      if (pathname.startsWith('/choices/') && searchParams.has('ids')) asked.push(`${pathname}?${searchParams}`)
    })
    await page.evaluate("location.hash = '#/principals'")
    await page.evaluate("location.hash = '#/of/deploy-bot/tokens?search=labels'")
    const known = page.getByText(`Read Channels ${HOSTILE} c1 in Greenhouse`)
    const row = page.getByRole('row', { name: /labels/ })
    await row.getByText(`Read Channels ${HOSTILE} c1 in Greenhouse`).waitFor()
    expect(await row.locator('.tag').first().getAttribute('title')).toBe('d1:channels:c1:read')
    expect(await row.getByText('Read Channels gone in Greenhouse').count()).toBe(1)
    expect(await row.locator('.tag').nth(2).textContent()).toBe('drive:read')
    await page.evaluate(`location.hash = '#/of/deploy-bot/tokens/${token.id}'`)
    await page.getByRole('heading', { name: 'labels' }).waitFor()
    expect(await page.getByText('d1:channels:gone:read').count()).toBe(1)
    await known.waitFor()
    await page.getByRole('link', { name: 'Clone' }).click()
    await page.getByText('A link has filled in this form.').waitFor()
    await known.waitFor()
    expect(asked).toEqual(['/choices/entities?domain=d1&type=channels&ids=c1%2Cgone'])
  })

  test('a label cannot turn the rest of its sentence', async () => {
    const input = { name: 'turned', scopes: ['d1:channels:turned:read'], expiry: { days: 9 } } as const
    await harness.tokens.create(ACTOR, ROBOT, input)
    const page = await on('root', '#/of/deploy-bot/tokens?search=turned')
    const tag = page
      .getByRole('row', { name: /turned/ })
      .locator('.tag')
      .first()
    await expect.poll(() => tag.textContent()).toBe('Read Channels \u2068Attic\u2069 in Greenhouse')
  })

  test.for(['', 'null', '{"location":7}', '{"location":"javascript:void 0"}', '{"location":"http://["}'])(
    'a sign-out that is answered with %j loads the page anew',
    async (body) => {
      const page = await on('root', '#/audit')
      await page.route('**/sign-out', (route) => route.fulfill({ contentType: 'application/json', body }))
      const loaded = page.waitForEvent('load')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await loaded
      await page.locator('patkit-tokens h2').first().waitFor()
    },
  )

  test('a sign-out goes to the location of its answer', async () => {
    const page = await on('root', '#/audit')
    const body = JSON.stringify({ location: '/choices/domains' })
    await page.route('**/sign-out', (route) => route.fulfill({ contentType: 'application/json', body }))
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/choices/domains')
  })

  /** Lets sources answer 500, after a delay, to requests before the end. */
  async function failingSources(page: Page, delay: Promise<void> = Promise.resolve()): Promise<{ end(): void }> {
    let areFailing = true
    await page.route('**/choices/**', async (route) => {
      if (!areFailing) return route.fallback()
      await delay
      await route.fulfill({ status: 500, body: '' })
    })
    return {
      end() {
        areFailing = false
      },
    }
  }

  test('sources that fail leave the ids, and are asked again by the next screen', async () => {
    const input = { name: 'no labels', scopes: ['d1:channels:c1:read'], expiry: { days: 9 } } as const
    const { token } = await harness.tokens.create(ACTOR, ROBOT, input)
    const page = await on('root', '#/audit')
    const failure = await failingSources(page)
    await page.evaluate(`location.hash = '#/of/deploy-bot/tokens/${token.id}'`)
    await page.getByText('Read Channels c1 in d1').waitFor()
    await page.getByRole('button', { name: 'Add scopes' }).waitFor()
    failure.end()
    await page.evaluate("location.hash = '#/of/deploy-bot/tokens?search=no+labels'")
    await page.getByText(`Read Channels ${HOSTILE} c1 in Greenhouse`).waitFor()
  })

  test('sources that fail while the next screen waits for them are asked again', async () => {
    const input = { name: 'held', scopes: ['d1:channels:c1:read'], expiry: { days: 9 } } as const
    const { token } = await harness.tokens.create(ACTOR, ROBOT, input)
    const page = await on('root', '#/audit')
    const held = deferred()
    const failure = await failingSources(page, held.promise)
    const areAsked = Promise.all(['domains', 'entities'].map((name) => page.waitForRequest(`**/choices/${name}?**`)))
    await page.evaluate(`location.hash = '#/of/deploy-bot/tokens/${token.id}'`)
    await areAsked
    await page.evaluate("location.hash = '#/of/deploy-bot/tokens?search=held'")
    await page.getByRole('row', { name: /held/ }).getByText('Read Channels c1 in d1').waitFor()
    failure.end()
    held.resolve()
    await page.getByText(`Read Channels ${HOSTILE} c1 in Greenhouse`).waitFor()
  })

  test('the filter and the table have the states of the host, and "View" opens the page', async () => {
    await harness.tokens.create(ACTOR, ROBOT, { name: 'ends soon', scopes: [], expiry: { days: 2 } })
    const page = await on('root', '#/of/deploy-bot/tokens?search=ends+soon&status=soon')
    const row = page.getByRole('row', { name: /ends soon/ })
    await row.getByText('Active', { exact: true }).waitFor()
    const chips = page.getByRole('group', { name: 'Status' }).getByRole('button')
    expect((await chips.allTextContents()).map((text) => text.trim())).toEqual(['All', 'Active', 'Expired', 'Revoked'])
    expect(await chips.first().getAttribute('aria-pressed')).toBe('true')
    await row.getByRole('link', { name: 'View: ends soon' }).click()
    await page.getByRole('heading', { name: 'ends soon' }).waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
  })

  test('principals are listed by kind, that of the host first, and the choice stands in the URL', async () => {
    const page = await on('root', '#/principals')
    await page.getByRole('link', { name: 'deploy-bot' }).waitFor()
    const kind = page.getByLabel('Kind')
    expect([await kind.inputValue(), await page.getByRole('link', { name: 'zed' }).count()]).toEqual(['service', 0])
    await kind.selectOption('All kinds')
    await page.getByRole('link', { name: 'zed' }).waitFor()
    expect(new URL(page.url()).hash).toBe('#/principals?kind=all')
    await page.reload()
    await page.getByRole('link', { name: 'zed' }).waitFor()
    await page.getByLabel('Kind').selectOption('User')
    await page.getByRole('link', { name: 'deploy-bot' }).waitFor({ state: 'detached' })
  })

  test('the table has the columns of the host, and each action opens its dialog once', async () => {
    await harness.tokens.create(ACTOR, ROBOT, { name: 'rows', scopes: ['drive:read'], expiry: { days: 30 } })
    const page = await on('root', '#/of/deploy-bot/tokens?search=rows')
    await loadAxe(page)
    await page.getByRole('heading', { name: 'Keys of deploy-bot' }).waitFor()
    await page.getByRole('link', { name: 'Rotate: rows' }).waitFor()
    const heads = (await page.locator('th').allTextContents()).map((text) => text.trim())
    expect(heads).toEqual(['Name', 'Scopes', 'Expiry date', 'Allowed addresses', 'Acts for', 'Status', 'Actions'])
    expect(await page.getByRole('link', { name: 'Regenerate: rows' }).count()).toBe(0)
    expect(await violations(page)).toEqual([])
    for (const [action, title] of [
      ['Edit', 'Edit “rows”'],
      ['Rotate', 'Rotate the secret'],
      ['Revoke', 'Revoke “rows”?'],
      ['Delete', 'Delete “rows”?'],
    ]) {
      await page.getByRole('link', { name: `${action}: rows` }).click()
      await page.getByRole('dialog', { name: title as string }).waitFor()
      expect(page.url()).not.toContain('open=')
      await page.keyboard.press('Escape')
      await page.goBack()
      await page.getByRole('link', { name: 'Rotate: rows' }).waitFor()
    }
  })
})
