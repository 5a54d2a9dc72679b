import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { CLIENT, startProvider } from '../../packages/cli/test/openid-provider.ts'
import { type Served, served } from '../../packages/cli/test/served.ts'
import { document, patkit } from '../../packages/cli/test/terminal.ts'
import { freePort } from '../servers/test-server.ts'

const executablePath = inject('chromium')

describe.skipIf(executablePath === null)('the sign-in page in a browser', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'patkit-sign-in-'))
  let browser: Browser
  let server: Served
  let context: BrowserContext
  let page: Page
  let faults: string[]
  let urls: string[]

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath as string, args: ['--no-sandbox'] })
    server = await served([], { cwd, clock: Date.now })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    rmSync(cwd, { recursive: true, force: true })
  })
  beforeEach(async () => {
    context = await browser.newContext()
    page = await context.newPage()
    faults = []
    urls = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
    page.on('request', (request) => urls.push(request.url()))
  })
  afterEach(() => context.close())

  const around = { cwd, clock: Date.now, env: { PATKIT_DB: 'sqlite:patkit.db' } }
  const message = () => page.locator('#message').textContent()
  async function linkOf(principal: string): Promise<string> {
    await patkit(['principal', 'create', principal], around)
    const args = ['serve', 'link', '--principal', principal, '--json', '--public-url', server.url]
    return document<{ url: string }>(await patkit(args, around)).url
  }

  test('the first link signs in at once, leaves the address bar and the history, and is in no request', async () => {
    const link = readFileSync(join(cwd, 'patkit-first-link.txt'), 'utf8').trim()
    const code = new URL(link).hash
    await page.goto(link)
    await page.waitForURL(`${server.url}/console/**`)
    await page.getByRole('heading').first().waitFor()
    expect(urls.filter((url) => url.includes(code.slice('#code='.length)))).toEqual([])
    await page.goto('about:blank')
    await page.goBack()
    await page.getByRole('heading').first().waitFor()
    expect(page.url()).not.toContain('code')
    expect(await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]')).toEqual([0, 0, ''])
    expect(faults).toEqual([])
    const again = await (await browser.newContext()).newPage()
    await again.goto(link)
    await again.getByText('This link was used before, or has ended.').waitFor()
    await again.context().close()
  })

  test('a link of another person replaces a session once it is confirmed, by keyboard', async () => {
    await page.goto(await linkOf('ada'))
    await page.waitForURL(`${server.url}/console/**`)
    await page.goto('about:blank')
    await page.goto(await linkOf('bob'))
    await page.getByText('You are signed in as ada. Signing in with this link ends that session.').waitFor()
    expect(page.url()).toBe(`${server.url}/sign-in`)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${server.url}/console/**`)
    expect(await (await page.request.get(`${server.url}/sign-in/state`)).json()).toMatchObject({ signed_in_as: 'bob' })
    expect(faults).toEqual([])
  })

  test('a page that loses the server says so, and the link still works', async () => {
    const link = await linkOf('eve')
    await page.route('**/sign-in/link', (route) => route.abort())
    await page.goto(link)
    await page.getByText('The server cannot be reached. Try again.').waitFor()
    await page.unroute('**/sign-in/link')
    await page.getByRole('button', { name: 'Sign in with this link' }).click()
    await page.waitForURL(`${server.url}/console/**`)
  })

  test('without a link it says where to get one', async () => {
    await page.goto(`${server.url}/sign-in`)
    await page.getByText('Ask an administrator for a sign-in link.').waitFor()
    expect([await message(), faults]).toEqual(['Ask an administrator for a sign-in link.', []])
  })

  test('a sign-out of the console ends the session, and shows that', async () => {
    await page.goto(await linkOf('dan'))
    await page.waitForURL(`${server.url}/console/**`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('link', { name: 'Sign in' }).waitFor()
    expect(await (await page.request.get(`${server.url}/sign-in/state`)).json()).toMatchObject({ signed_in_as: null })
  })

  test('a sign-out at an OpenID provider ends there, and comes back', async () => {
    const port = await freePort()
    const url = `http://localhost:${port}`
    const provider = await startProvider(`${url}/sign-in/oidc/callback`)
    const folder = mkdtempSync(join(cwd, 'openid-'))
    const openIdConnect = { issuer: provider.issuer, clientId: CLIENT.clientId, rpInitiatedLogout: true }
    writeFileSync(join(folder, 'patkit.json'), JSON.stringify({ serve: { openIdConnect } }))
    const env = { PATKIT_OIDC_CLIENT_SECRET: CLIENT.clientSecret }
    const behind = await served(['--port', String(port)], { cwd: folder, clock: Date.now, env })
    try {
      await page.goto(`${url}/sign-in`)
      await page.getByRole('link', { name: 'Sign in with' }).click()
      await page.waitForURL(`${url}/console/**`)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByRole('button', { name: 'Yes, sign me out' }).click()
      await page.waitForURL(`${url}/sign-in`)
      await page.getByText('Choose how to sign in.').waitFor()
      expect(urls.filter((each) => each.includes('id_token'))).toEqual([])
    } finally {
      await behind.stop()
      await provider.close()
    }
  })
})
