import { exec, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { snippet } from './document.ts'
import { openHarness, type TestHarness } from './harness.ts'

const ROOT = join(import.meta.dirname, '../../..')
const STAND_IN = join(import.meta.dirname, 'httpx-stand-in')
const HOST = 'https://api.eunifyer.com'

const runs = (command: string, ...args: readonly string[]) => spawnSync(command, args).status === 0
const hasCurl = runs('curl', '--version')
const hasPython = runs('python3', '--version')
const hasHttpx = hasPython && runs('python3', '-c', 'import httpx')

test.skipIf(!hasCurl)('the curl call that creates a PAT works as written', async () => {
  const harness = await openHarness()
  const call = snippet('curl create')
    .replace('{sp_id}', named(harness, 'sp'))
    .replace('optional-user-uuid-for-drive-access', named(harness, 'user'))
  const answer = await shell(harness, call, { ADMIN_TOKEN: named(harness, 'admin') })
  expectAsWritten(JSON.parse(answer), JSON.parse(snippet('created')))
})

test.skipIf(!hasCurl)('the curl call that uses a PAT works as written', async () => {
  const harness = await openHarness()
  expect(JSON.parse(await shell(harness, snippet('curl use')))).toEqual(aliceDrive(harness))
})

/** Where httpx is not installed, `import httpx` finds a stand-in that makes the same request with urllib. */
test.skipIf(!hasPython)('the Python snippet works as written', async () => {
  const harness = await openHarness()
  const file = temporaryFile('snippet.py', harness, snippet('python'))
  const printed = await shell(harness, `python3 '${file}'`, hasHttpx ? {} : { PYTHONPATH: STAND_IN })
  // Python writes what it has read with single quotes.
  expect(JSON.parse(printed.replaceAll("'", '"'))).toEqual(aliceDrive(harness))
})

test('the TypeScript snippet works as written', async () => {
  const harness = await openHarness()
  const file = temporaryFile('snippet.mts', harness, `${snippet('typescript')}\nconsole.log(JSON.stringify(data))\n`)
  const printed = await shell(harness, `'${process.execPath}' --import tsx '${file}'`, {
    EUNIFYER_PAT: named(harness, 'bound'),
  })
  expect(JSON.parse(printed)).toEqual(aliceDrive(harness))
})

/** The document's members and no others, in its order; `…` stands for what differs from token to token. */
function expectAsWritten(answer: object, written: object): void {
  expect(Object.keys(answer)).toEqual(Object.keys(written))
  for (const [member, value] of Object.entries(written)) {
    const given = (answer as Record<string, unknown>)[member]
    if (typeof value === 'string' && value.endsWith('…'))
      expect(given).toMatch(new RegExp(`^${value.slice(0, -1)}\\S+$`))
    else expect(given).toEqual(value)
  }
}

function aliceDrive(harness: TestHarness): object {
  return { user_id: named(harness, 'user'), items: [{ name: 'plan.txt' }, { name: 'photo.jpg' }] }
}

function named({ names }: TestHarness, name: string): string {
  return names.get(name) as string
}

/** The host, and the token that the reader is to fill in. */
function filledIn(harness: TestHarness, text: string): string {
  return text.replaceAll(HOST, harness.url).replaceAll('eu_sk_YOUR_TOKEN_HERE', named(harness, 'bound'))
}

function temporaryFile(name: string, harness: TestHarness, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'patkit-snippet-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, name), filledIn(harness, text))
  return join(folder, name)
}

async function shell(
  harness: TestHarness,
  command: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = { ...process.env, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1', ...more }
  const { stdout } = await promisify(exec)(filledIn(harness, command), { cwd: ROOT, env })
  return stdout
}
