import { sqlStore } from '@patkit/sql'
import { expect, test } from 'vitest'
import { dialectOf } from '../../../test/servers/dialect.ts'
import { bench } from './sqlite.ts'
import { document, patkit, scratchFolder } from './terminal.ts'

const folder = scratchFolder()

async function active(url: string): Promise<string[]> {
  const store = sqlStore({ dialect: dialectOf(url) })
  const names: string[] = []
  for await (const { revokedAt, name } of store.scan()) if (revokedAt === null) names.push(name)
  await store[Symbol.asyncDispose]()
  return names.sort()
}

async function people() {
  const ada = await bench(folder)
  await ada.run('principal create bob')
  await ada.run('principal create ada --organization acme')
  const issue = (name: string, more: string) => ada.run(`token create --name ${name} ${more}`)
  await issue('ada-1', '--principal ada')
  await issue('ada-2', '--principal ada --prefix acme')
  await issue('ada-3', '--principal ada --prefix ACME_PAT')
  await issue('bob-1', '--principal bob')
  await issue('acme-ada-1', '--principal ada --organization acme')
  return { run: ada.run, url: ada.env.PATKIT_DB as string }
}

test.each([
  ['--principal ada', 3, ['acme-ada-1', 'bob-1']],
  ['--principal ada --organization acme', 1, ['ada-1', 'ada-2', 'ada-3', 'bob-1']],
  ['--organization acme', 1, ['ada-1', 'ada-2', 'ada-3', 'bob-1']],
  ['--organization default', 4, ['acme-ada-1']],
  ['--prefix acme', 1, ['acme-ada-1', 'ada-1', 'ada-3', 'bob-1']],
  ['--prefix acme_pat', 3, ['ada-2', 'ada-3']],
  ['--prefix acme_pat --principal bob', 1, ['acme-ada-1', 'ada-1', 'ada-2', 'ada-3']],
  ['--principal unknown', 0, ['acme-ada-1', 'ada-1', 'ada-2', 'ada-3', 'bob-1']],
])('%s', async (selection, revoked, left) => {
  const { run, url } = await people()
  const counted = await run(`revoke-all ${selection}`)
  expect(counted.stderr).toContain(`this would revoke ${revoked} token${revoked === 1 ? '' : 's'}; add --yes`)
  expect(document(await run(`revoke-all ${selection} --yes --json`))).toEqual({ revoked })
  expect(await active(url)).toEqual(left)
  expect(document(await run(`revoke-all ${selection} --yes --json`))).toEqual({ revoked: 0 })
})

test('an interruption ends it after the work in progress, and says how far it came', async () => {
  const { run, url } = await people()
  const ended = await run('revoke-all --organization default --yes', {
    onInterrupt(listener) {
      listener()
      return () => {}
    },
  })
  expect(ended).toMatchObject({
    code: 130,
    stdout: '',
    stderr: expect.stringMatching(/interrupted: \d+ tokens? revoked; run it again to finish\n$/),
  })
  expect((await active(url)).length).toBeGreaterThan(0)
})

test('defaults select nothing', async () => {
  const { url } = await people()
  const env = { PATKIT_DB: url, PATKIT_PREFIX: 'acme_pat', PATKIT_ORGANIZATION: 'acme' }
  expect((await patkit(['revoke-all', '--yes'], { env })).code).toBe(2)
})

test('running programs are spoken of, to people', async () => {
  const { run } = await people()
  const told = await run('revoke-all --principal bob --yes')
  expect(told.stdout).toBe('1 token revoked.\n')
  expect(told.stderr).toContain('cacheTtlSeconds')
  expect((await run('revoke-all --principal bob --yes --json')).stderr).toBe('')
})
