import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, inject, test } from 'vitest'
import { announced, focusedName, keptText, tabTo } from './browser.ts'
import { ACTOR, ADA, type Harness, ROBOT } from './harness.ts'
import { openConsole } from './open-console.ts'
import { seedTokens } from './seed.ts'

const executablePath = inject('chromium')
const SECRET = /^acme_pat_[0-9A-Za-z]{36}$/

describe.skipIf(executablePath === null)('the console', () => {
  let harness: Harness
  let backup: Awaited<ReturnType<typeof seedTokens>>
  const { on, calls } = openConsole(async (opened) => {
    harness = opened
    backup = await seedTokens(harness)
  })
  beforeEach(() => Object.assign(harness.faults, { isDown: false, isSignedOut: false, isForbidden: false }))

  const tokenNamed = async (name: string) =>
    (await harness.tokens.list(ADA, { limit: 100 })).items.find((token) => token.name === name)

  const make = (name: string, scopes: readonly string[] = ['drive:read']) =>
    harness.tokens.create(ACTOR, ADA, { name, scopes, expiry: { days: 30 } })

  const secretField = (page: Page) => page.getByLabel('Secret', { exact: true })

  test('a token is created with the chosen scopes, and its secret is shown once', async () => {
    const page = await on('ada', '#/new', { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.getByLabel('Name', { exact: true }).fill('photo sync')
    await page.getByLabel('Description').fill('On the phone')
    await page.getByLabel('90 days').check()
    await page.getByLabel(/^drive:read/).check()
    await page.getByLabel(/^mail:send/).check()
    await page.getByRole('button', { name: 'Add my address now (127.0.0.1)' }).click()
    await page.getByRole('button', { name: 'Create token' }).click()
    await expect.poll(() => announced(page).textContent()).toContain('shown only once')
    const secret = await secretField(page).inputValue()
    expect(secret).toMatch(SECRET)
    await page.getByRole('button', { name: 'Copy the secret' }).click()
    await expect.poll(() => announced(page).textContent()).toBe('Copied to the clipboard.')
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret)
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('heading', { name: 'photo sync', exact: true }).waitFor()
    expect(await keptText(page)).not.toContain(secret)
    await page.goBack()
    await page.getByRole('heading', { name: 'New token' }).waitFor()
    expect(await keptText(page)).not.toContain(secret)
    expect(await tokenNamed('photo sync')).toMatchObject({
      description: 'On the phone',
      scopes: ['drive:read', 'mail:send'],
      ipAllowlist: ['127.0.0.1/32'],
    })
  })

  test('a second token never shows the secret of the first', async () => {
    const page = await on('ada', '#/new?name=first')
    const create = async () => {
      await page.getByRole('button', { name: 'Create token' }).click()
      return secretField(page).inputValue()
    }
    const first = await create()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('button', { name: 'Close without copying' }).click()
    await page.getByRole('heading', { name: 'first' }).waitFor()
    await page.evaluate("location.hash = '#/new?name=second'")
    await page.getByRole('heading', { name: 'New token' }).waitFor()
    const second = await create()
    expect(second).toMatch(SECRET)
    expect(second).not.toBe(first)
    expect(await keptText(page)).not.toContain(first)
  })

  test('closing asks unless the secret was copied, and a hidden secret is copied whole', async () => {
    const page = await on('ada', '#/new?name=asks', { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.getByRole('button', { name: 'Create token' }).click()
    const secret = await secretField(page).inputValue()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('button', { name: 'Go back to the secret' }).click()
    await page.getByRole('button', { name: 'Hide' }).click()
    await page.getByText('Lines that are ready to use').click()
    expect(await page.locator('[part="secret"]').textContent()).not.toContain(secret)
    await page.getByRole('button', { name: 'Copy the line for .env' }).click()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`ACME_TOKEN=${secret}\n`)
    await page.getByRole('button', { name: 'Copy the line for curl' }).click()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      'curl -H "Authorization: Bearer $ACME_TOKEN" https://api.example/files',
    )
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('heading', { name: 'asks' }).waitFor()
  })

  test('without a clipboard the secret is selected, and the failure is said', async () => {
    const page = await on('ada', '#/new?name=plain%20http')
    await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    await page.evaluate('document.execCommand = () => false')
    await page.getByRole('button', { name: 'Create token' }).click()
    const secret = await secretField(page).inputValue()
    await page.getByRole('button', { name: 'Copy the secret' }).click()
    await expect.poll(() => announced(page).textContent()).toContain('press Ctrl+C')
    const selected = await secretField(page).evaluate((field) => {
      const { value, selectionStart, selectionEnd } = field as unknown as Record<string, never> & { value: string }
      return value.slice(selectionStart ?? 0, selectionEnd ?? 0)
    })
    expect(selected).toBe(secret)
    // The browser asks before a reload, and nothing is left after it.
    page.on('dialog', (dialog) => dialog.accept())
    await page.reload()
    await page.getByRole('heading', { name: 'New token' }).waitFor()
    expect(await keptText(page)).not.toContain(secret)
  })

  test('every failed creation keeps the input, and a retry makes one token', async () => {
    const page = await on('ada', '#/new')
    await page.getByLabel('Name', { exact: true }).fill('keeps')
    await page.getByLabel(/^drive:write/).check()
    const submit = () => page.getByRole('button', { name: 'Create token' }).click()
    harness.faults.isDown = true
    await submit()
    await page.getByRole('alert').filter({ hasText: 'The server has a problem' }).waitFor()
    Object.assign(harness.faults, { isDown: false, isSignedOut: true })
    await submit()
    const ended = page.getByRole('alert').filter({ hasText: 'Your session has ended' })
    await ended.waitFor()
    expect(await ended.getByRole('link').getAttribute('href')).toBe('/sign-in')
    harness.faults.isSignedOut = false
    await page.context().setOffline(true)
    await submit()
    await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor()
    await page.context().setOffline(false)
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('keeps')
    expect(await page.getByLabel(/^drive:write/).isChecked()).toBe(true)
    // The answer is lost after the token was made: the repeated request gets the same one.
    let isLost = false
    await page.route('**/api/tokens', async (route) => {
      if (isLost || route.request().method() !== 'POST') return route.continue()
      isLost = true
      await route.fetch()
      await route.abort()
    })
    await submit()
    await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor()
    await submit()
    expect(await secretField(page).inputValue()).toMatch(SECRET)
    const made = (await harness.tokens.list(ADA, { search: 'keeps' })).items
    expect(made).toHaveLength(1)
  })

  test('a link fills the form in and submits nothing; what it may not give is not chosen', async () => {
    const page = await on('ada', '#/new?name=%3Cimg%20src%3Dx%3E&scopes=drive:read,admin:users,files:7:read&days=90')
    await page.getByText('A link has filled in this form').waitFor()
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('<img src=x>')
    expect(await page.getByLabel('90 days').isChecked()).toBe(true)
    expect(await page.getByLabel(/^drive:read/).isChecked()).toBe(true)
    const unheld = page.getByLabel(/^admin:users/)
    expect([await unheld.isDisabled(), await unheld.isChecked()]).toEqual([true, false])
    await page.getByText('Not held by you or by the owner.').first().waitFor()
    expect(await page.getByLabel('Further scopes').inputValue()).toBe('files:7:read')
    expect(calls().filter((call) => !call.startsWith('GET'))).toEqual([])
  })

  test('a link with long lists fills in whole entries: a range that is cut off would be another one', async () => {
    const ranges = Array.from({ length: 300 }, (_, index) => `10.0.${index % 256}.0/2${index % 10}`)
    const page = await on('ada', `#/new?name=clone&addresses=${ranges.join(',')}`)
    expect((await page.getByLabel('Allowed addresses').inputValue()).split('\n')).toEqual(ranges)
  })

  test.each(['#/of/../tokens', '#/of/./new'])(
    'an id of a link that is a dot segment, as in %s, leads to no other path of the API',
    async (hash) => {
      const page = await on('root', hash)
      await page.getByText('This was not found').first().waitFor()
      expect(calls().filter((call) => !/ \/api\/caller/.test(call))).toEqual([])
    },
  )

  test('lines for a terminal have no control characters of a link', async () => {
    const page = await on('ada', '#/new?name=a%1b%5B201~%03%0Aid%0A%7F%C2%9B&days=30')
    await page.evaluate('navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve() }')
    for (const name of ['patkit line', 'curl line']) {
      await page.evaluate('window.copied = null')
      await page.getByRole('button', { name }).click()
      await expect.poll(() => page.evaluate('window.copied')).toMatch(/^[^\p{Cc}]+$/u)
    }
  })

  test('the form checks while it is typed, and says what the API refuses at its field', async () => {
    const page = await on('ada', '#/new')
    await page.getByLabel('Allowed addresses').fill('10.0.0.0/8\n10.0.0.300')
    await page.getByText('Not an IP address or a CIDR range: 10.0.0.300').waitFor()
    await page.getByRole('button', { name: 'Create token' }).click()
    await page.getByText('Enter a name.').waitFor()
    await page.getByLabel('Allowed addresses').fill('10.0.0.0/8')
    await page.getByText('Your address now, 127.0.0.1, is not in the list.').waitFor()
    await page.getByText('Tokens live at most 365 days.').waitFor()
    await page.getByRole('button', { name: 'Read only' }).click()
    await page.getByText('2 scopes chosen').waitFor()
    await page.evaluate('navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve() }')
    await page.getByLabel('Name', { exact: true }).fill("it's")
    await page.getByRole('button', { name: 'patkit line' }).click()
    expect(await page.evaluate('window.copied')).toBe(
      "patkit token create --principal ada --name 'it'\\''s' --scope drive:read --scope mail:read --ip 10.0.0.0/8 --expires-in 30d",
    )
    await page.getByRole('button', { name: 'Link' }).click()
    const link = String(await page.evaluate('window.copied'))
    expect(link).toContain('/console/#/new?name=it%27s&')
    expect(await tokenNamed("it's")).toBe(undefined)
  })

  test('the table searches, filters and sorts, and its state is in the URL', async () => {
    const page = await on('ada')
    const names = () => page.locator('td.name bdi').allTextContents()
    const lists = () => calls().filter((call) => call.startsWith('GET /api/tokens'))
    await expect.poll(lists).toEqual(['GET /api/tokens?sort=created_at&order=desc&limit=25&status=all'])
    await page.getByRole('button', { name: 'Revoked' }).click()
    await expect.poll(names).toEqual(['conference demo'])
    await page.getByRole('button', { name: 'Expired', exact: true }).click()
    await expect.poll(names).toEqual(['old laptop'])
    await page.getByRole('button', { name: 'Expires soon' }).click()
    await expect.poll(names).toEqual(['calendar sync'])
    await page.getByRole('button', { name: 'All', exact: true }).click()
    await page.getByLabel('Search names and descriptions').fill('office nas')
    await expect.poll(names).toEqual(['nightly backup'])
    expect(page.url()).toContain('search=office+nas')
    await page.getByLabel('Search names and descriptions').fill('')
    await expect.poll(async () => (await names()).length).toBeGreaterThan(3)
    await page.getByRole('button', { name: 'Name', exact: true }).click()
    await expect.poll(() => page.locator('th[aria-sort="ascending"]').textContent()).toContain('Name')
    await expect.poll(async () => (await names())[0]).toBe('asks')
    await page.goBack()
    await expect.poll(() => page.locator('th[aria-sort="descending"]').textContent()).toContain('Created')
    await page.getByLabel('Search names and descriptions').fill('nothing like this')
    await page.getByText('No token matches these filters.').waitFor()
  })

  test('a scope without a use in 90 days is given up by one click, and is not known of younger tokens', async () => {
    const page = await on('root', `#/of/deploy-bot/tokens/${backup.releasesId}`)
    await page.getByText('Without a recorded use in the last 90 days:').waitFor()
    await page.getByRole('button', { name: 'Give up this scope' }).click()
    await page.getByText('Every scope was used in the last 90 days.').waitFor()
    expect((await harness.tokens.get(ROBOT, backup.releasesId)).scopes).toEqual(['drive:read'])
    await page.evaluate(`location.hash = '#/of/ada/tokens/${backup.backupId}'`)
    await page.getByText('Scopes without a use in 90 days: not known yet.').waitFor()
  })

  test('scopes of a token are removed, added and all removed', async () => {
    const { token } = await make('scoped', ['drive:read', 'drive:write'])
    const page = await on('ada', `#/tokens/${token.id}`)
    const held = async () => (await harness.tokens.get(ADA, token.id)).scopes
    await page.getByRole('button', { name: 'Remove drive:write' }).click()
    await expect.poll(() => announced(page).textContent()).toBe('drive:write was removed.')
    expect(await held()).toEqual(['drive:read'])
    await page.getByRole('button', { name: 'Add scopes' }).click()
    await page.getByLabel(/^mail:read/).check()
    await page.getByRole('button', { name: 'Add the chosen scopes' }).click()
    await page.getByRole('button', { name: 'Remove mail:read' }).waitFor()
    await page.getByRole('button', { name: 'Remove all scopes' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove all scopes' }).click()
    await page.getByText('The token has no scopes').waitFor()
    expect(await held()).toEqual([])
  })

  test('an address list that would have refused uses of the last week is warned of, also for a clone', async () => {
    const { token, secret } = await make('from two places')
    await harness.use(secret.reveal(), '/files', '192.0.2.9')
    await harness.use(secret.reveal(), '/files', '198.51.100.30')
    const page = await on('ada', `#/tokens/${token.id}`)
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByRole('dialog').getByLabel('Allowed addresses').fill('192.0.2.0/24')
    await page.getByText('would have refused 1 request of the last 7 days, from: 198.51.100.30').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('link', { name: 'Clone' }).click()
    await page.getByLabel('Allowed addresses').fill('203.0.113.0/24')
    await page.getByText('would have refused 2 requests of the last 7 days').waitFor()
  })

  test('a new token is compared with the last uses of other tokens of its owner, as a hint', async () => {
    const owner = { ...ADA, principalId: 'root' }
    for (const ip of ['192.0.2.9', '198.51.100.30', '198.51.100.30']) {
      const { secret } = await harness.tokens.create(ACTOR, owner, { name: ip, scopes: [], expiry: { days: 9 } })
      await harness.use(secret.reveal(), '/files', ip)
    }
    const late = await harness.tokens.create(ACTOR, owner, { name: 'late', scopes: [], expiry: { days: 9 } })
    harness.clock.offsetMs = 8 * 86_400_000
    await harness.use(late.secret.reveal(), '/files', '203.0.113.99')
    harness.clock.offsetMs = 0
    await harness.tokens.flush()
    const page = await on('root', '#/new')
    const uses = () => calls().filter((call) => call.includes('sort=last_used_at'))
    await page.getByLabel('Name', { exact: true }).fill('fifth')
    expect(uses()).toEqual([])
    await page.getByLabel('Allowed addresses').fill('192.0.2.0/24')
    const hint = page.getByText('2 other tokens of this owner were last used from addresses outside the list:')
    await hint.waitFor()
    expect(await hint.textContent()).toMatch(/list: 198\.51\.100\.30$/)
    expect(await page.getByText('would have refused').count()).toBe(0)
    await page.getByLabel('Allowed addresses').fill('192.0.2.0/24\n198.51.100.0/24')
    await hint.waitFor({ state: 'detached' })
    expect(uses()).toHaveLength(1)
  })

  test('details are edited, and a change made elsewhere is a conflict', async () => {
    const { token } = await make('edited')
    const page = await on('ada', `#/tokens/${token.id}`)
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('renamed')
    await page.getByRole('dialog').getByLabel('Allowed addresses').fill('192.0.2.0/24')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'renamed' }).waitFor()
    expect(await harness.tokens.get(ADA, token.id)).toMatchObject({ name: 'renamed', ipAllowlist: ['192.0.2.0/24'] })
    await harness.tokens.revoke(ACTOR, ADA, token.id)
    await page.getByRole('button', { name: 'Rotate' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
    await page.getByRole('alert').filter({ hasText: 'conflicts with the present state' }).waitFor()
  })

  test('a rotation leaves both secrets alive for its overlap, and its state says so', async () => {
    const { token, secret } = await make('rotated')
    const page = await on('ada', `#/tokens/${token.id}`)
    await page.getByRole('button', { name: 'Rotate' }).click()
    await page.getByLabel('when the new one is first used, at the latest after 1 hour').check()
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
    const fresh = await secretField(page).inputValue()
    expect(await harness.use(secret.reveal(), '/files')).toBe(true)
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('button', { name: 'Close without copying' }).click()
    expect(await keptText(page)).not.toContain(fresh)
    await page.getByText(/Put the new secret into every program\. .* in 1 hour/).waitFor()
    expect(await harness.use(fresh, '/files', '198.51.100.9')).toBe(true)
    await harness.tokens.flush()
    await page.reload()
    await page
      .getByText(/The new secret is in use\. The earlier one was last used .*, and has been unused since/)
      .waitFor()
    await page.getByRole('row', { name: /^New secret .* from 198\.51\.100\.9/ }).waitFor()
    await page.getByRole('row', { name: /^Earlier secret .* from 203\.0\.113\.7/ }).waitFor()
    expect(await harness.use(secret.reveal(), '/files')).toBe(false)
  })

  test('a revocation says what stops; then the token is regenerated, and deleted', async () => {
    const page = await on('ada', `#/tokens/${backup.backupId}`)
    await page.getByRole('heading', { name: 'Requests a day' }).or(page.getByText('Requests a day')).first().waitFor()
    await page.getByRole('button', { name: 'Revoke' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(/The token was last used .* ago from 203\.0\.113\.7\./).waitFor()
    await dialog.getByText(/requests in the last 7 days:/).waitFor()
    await dialog.getByText('GET /files/plan.txt').waitFor()
    expect(await harness.use(backup.backup, '/files')).toBe(true)
    await dialog.getByLabel('Reason').fill('The NAS was sold')
    await dialog.getByRole('button', { name: 'Revoke' }).click()
    await expect.poll(() => announced(page).textContent()).toBe('“nightly backup” was revoked.')
    expect(await harness.use(backup.backup, '/files')).toBe(false)
    await page.getByLabel('Details').getByText('by ada: “The NAS was sold”').waitFor()
    await page.getByRole('button', { name: 'Regenerate' }).click()
    await dialog.getByLabel('Lifetime').selectOption('90')
    await dialog.getByRole('button', { name: 'Regenerate' }).click()
    const fresh = await secretField(page).inputValue()
    expect(await harness.use(fresh, '/files')).toBe(true)
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('button', { name: 'Close without copying' }).click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('heading', { name: 'Personal access tokens' }).waitFor()
    expect(await tokenNamed('nightly backup')).toBe(undefined)
  })

  test('creation, rotation and revocation need the keyboard alone', async () => {
    const page = await on('ada')
    const press = (key: string) => page.keyboard.press(key)
    await tabTo(page, 'New token')
    await press('Enter')
    await page.getByRole('heading', { name: 'New token' }).waitFor()
    await tabTo(page, 'Name')
    await page.keyboard.type('by keyboard')
    await tabTo(page, /^drive:read/)
    await press('Space')
    await tabTo(page, 'Create token')
    await press('Enter')
    await secretField(page).waitFor()
    const closeSecret = async () => {
      await tabTo(page, 'Done')
      await press('Enter')
      await tabTo(page, 'Close without copying')
      await press('Enter')
      await page.getByRole('heading', { name: 'by keyboard' }).waitFor()
    }
    await closeSecret()
    await tabTo(page, 'Rotate')
    await press('Enter')
    await tabTo(page, 'Rotate')
    await press('Enter')
    await secretField(page).waitFor()
    await closeSecret()
    await tabTo(page, 'Revoke')
    await press('Enter')
    await page.getByRole('dialog').waitFor()
    await press('Escape')
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
    await expect.poll(() => focusedName(page)).toBe('Revoke')
    await press('Enter')
    await page.getByRole('dialog').waitFor()
    await tabTo(page, 'Revoke')
    await press('Enter')
    await expect.poll(() => announced(page).textContent()).toBe('“by keyboard” was revoked.')
    expect((await tokenNamed('by keyboard'))?.status).toBe('revoked')
  })

  test('hostile names and descriptions are text', async () => {
    const name = '<img src=x onerror=alert(1)> שלום'
    const { token } = await harness.tokens.create(ACTOR, ADA, { name, description: '"><script>alert(1)</script>' })
    await harness.use((await make('agent')).secret.reveal(), '/<b>bold</b>')
    const page = await on('ada')
    await page.getByText('<img src=x').first().waitFor()
    await page.evaluate(`location.hash = '#/tokens/${token.id}'`)
    await page.getByText('"><script>alert(1)</script>').waitFor()
    expect(await page.locator('patkit-tokens img, patkit-tokens script').count()).toBe(0)
  })

  test('an administrator reads the audit log by filters in the URL, as files and by request id', async () => {
    const page = await on('root', '#/audit')
    await page.getByLabel('Outcome').selectOption('denied')
    await page.getByLabel('Reason').selectOption('revoked')
    await page.getByRole('button', { name: 'Apply the filters' }).click()
    await expect.poll(() => page.url()).toContain('outcome=denied&reason=revoked')
    await page.getByText('Refused: the token was revoked').first().waitFor()
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download CSV' }).click()
    const file = await readFile(await (await downloading).path(), 'utf8')
    expect(file.split('\r\n')[0]).toBe(
      'at,kind,outcome,count,token_id,principal_id,user_id,actor_id,client_ip,method,path,request_id,user_agent,required_scopes,missing_scopes,reason,id',
    )
    expect(file).toContain('revoked,1,')
    await page.getByLabel('Request id').fill('req-5')
    await page.getByRole('button', { name: 'Apply the filters' }).click()
    const decision = page.getByRole('status', { name: 'The decision about this request' })
    await decision.getByText('Refused: the token was revoked').first().waitFor()
    await decision.getByRole('link', { name: 'conference demo' }).waitFor()
    await decision.getByText('198.51.100.4').waitFor()
    await page.getByLabel('Request id').fill('req-none')
    await page.getByRole('button', { name: 'Apply the filters' }).click()
    await page.getByText('No event has this request id').waitFor()
  })

  test('a downloaded cell is no formula, also for a spreadsheet with another separator', async () => {
    await harness.use((await make('formula')).secret.reveal(), '/files;=1+1;@SUM(1)')
    const page = await on('root', '#/audit')
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download CSV' }).click()
    const file = await readFile(await (await downloading).path(), 'utf8')
    expect(file).toContain(",/files;'=1+1;'@SUM(1),")
  })

  test('an administrator revokes unused tokens in bulk, and opens the tokens of a principal', async () => {
    const page = await on('root', '#/inventory')
    await page.getByRole('button', { name: 'Owner disabled' }).click()
    await page.getByText(/^1 of \d+ active tokens match/).waitFor()
    await page.getByRole('button', { name: 'Unused for 90 days' }).click()
    await page.getByText(/^2 of \d+ active tokens match/).waitFor()
    await page.getByLabel('Select all on this list').check()
    await page.getByRole('button', { name: 'Revoke 2 tokens' }).click()
    await page.getByRole('dialog').getByText('(deploy-bot)').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke 2 tokens' }).click()
    await page.getByText(/^0 of \d+ active tokens match/).waitFor()
    await page.getByRole('link', { name: 'Principals' }).click()
    await page.getByRole('link', { name: 'deploy-bot' }).click()
    await page.getByRole('heading', { name: 'Tokens of deploy-bot' }).waitFor()
    await page.getByRole('link', { name: 'New token' }).click()
    await page.getByRole('heading', { name: 'New token for deploy-bot' }).waitFor()
    await page.getByLabel('Name', { exact: true }).fill('from the console')
    expect(await page.getByLabel(/^mail:send/).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Create token' }).click()
    await secretField(page).waitFor()
  })

  test('an administrator finds tokens against the policy and wider than their owner, and tries another policy', async () => {
    const page = await on('root', '#/inventory')
    for (const filter of ['Against the policy', 'Wider than its owner']) {
      await page.getByRole('button', { name: filter }).click()
      await page.getByText(/^1 of \d+ active tokens match/).waitFor()
      await page.getByRole('link', { name: 'legacy export' }).waitFor()
    }
    await page.getByRole('button', { name: 'Dry run of a policy' }).click()
    await page.getByText(/^0 of \d+ active tokens match/).waitFor()
    await page.getByLabel('Longest life (days)').fill('79')
    await page.getByRole('button', { name: 'Try' }).click()
    const ended = page.getByRole('region', { name: 'Would end at once' })
    const shortened = page.getByRole('region', { name: 'Would live on, and end earlier' })
    await ended.getByRole('link', { name: 'legacy export' }).waitFor()
    await shortened.getByRole('link', { name: 'ci pipeline' }).waitFor()
    expect(await shortened.getByRole('link', { name: 'legacy export' }).count()).toBe(0)
    await page.getByLabel('Longest life (days)').fill('364')
    await page.getByRole('button', { name: 'Try' }).click()
    await ended.getByText(/^0 of \d+ active tokens match/).waitFor()
    await shortened.getByRole('link', { name: 'legacy export' }).waitFor()
    expect(page.url()).toContain('filter=trial&max_days=364')
  })

  test('people without the right see no administration, and are refused by its pages', async () => {
    const page = await on('ada', '#/audit')
    await page.getByRole('alert').filter({ hasText: 'You do not have permission' }).waitFor()
    expect(await page.getByRole('navigation', { name: 'Console' }).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Try again' }).isVisible()).toBe(true)
  })

  test('loading, slow, empty and failed states are said', async () => {
    const page = await on('eve')
    await page.getByText('No tokens yet').waitFor()
    await page.getByRole('link', { name: 'Create your first token' }).waitFor()
    let release = () => {}
    const held = new Promise<void>((settle) => {
      release = settle
    })
    await page.route('**/api/scopes', async (route) => {
      await held
      await route.continue()
    })
    await page.getByRole('link', { name: 'New token' }).click()
    await page.getByRole('status').filter({ hasText: 'Loading…' }).waitFor()
    await page.getByText('This takes longer than usual').waitFor()
    release()
    await page.getByLabel('Name', { exact: true }).waitFor()
    harness.faults.isDown = true
    await page.goBack()
    await page.getByRole('alert').filter({ hasText: 'The server has a problem' }).waitFor()
    harness.faults.isDown = false
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('No tokens yet').waitFor()
  })

  test('it speaks German where the browser does', async () => {
    const page = await on('ada', '', { locale: 'de-DE' })
    await page.getByRole('link', { name: 'Neues Token' }).click()
    await page.getByRole('button', { name: 'Token erstellen' }).waitFor()
  })

  test('deleting all tokens asks for a word', async () => {
    const page = await on('ada')
    await page.getByRole('button', { name: 'Delete all tokens' }).click()
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete all tokens' })
    expect(await confirm.isDisabled()).toBe(true)
    await page.getByLabel('Type delete to confirm').fill('delete')
    await confirm.click()
    await page.getByText('No tokens yet').waitFor()
    expect((await harness.tokens.list(ADA)).total).toBe(0)
  })
})
