import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { expect, test } from 'vitest'
import { onEachEngine } from '../../../test/servers/engine.ts'
import { hashed } from './import/foreign-dumps.ts'
import { bench } from './sqlite.ts'
import { document, NOW, patkit, scratchFolder } from './terminal.ts'

const folder = scratchFolder()

const SANCTUM = 'abcdefghijABCDEFGHIJabcdefghijABCDEFGHIJ'
const HEADER = 'id,tokenable_type,tokenable_id,name,token,abilities,last_used_at,expires_at,created_at,updated_at'
const row = (id: number, secret: string, abilities = '["drive:read"]') =>
  `${id},App\\Models\\User,41,phone,${hashed(secret)},"${abilities.replaceAll('"', '""')}",,,2026-01-02 03:04:05,`

const OTHER = SANCTUM.toLowerCase()
writeFileSync(join(folder, 'good.csv'), [HEADER, row(1, SANCTUM), row(2, OTHER), ''].join('\n'))
writeFileSync(
  join(folder, 'bad.csv'),
  [HEADER, row(1, SANCTUM), row(2, OTHER, '["*"]'), row(3, SANCTUM), ''].join('\n'),
)
writeFileSync(join(folder, 'sanctum.json'), JSON.stringify({ formats: [{ type: 'sanctum' }] }))
const IMPORT = 'import good.csv --layout sanctum --create-owners user'

onEachEngine(({ open }) => {
  test('a table comes over, and its tokens are good', async () => {
    const database = await open()
    const env = { PATKIT_DB: database.url, PATKIT_PREFIX: 'acme_pat' }
    const run = (args: string, stdin = '') => patkit(args.split(' '), { env, cwd: folder, stdin })
    await run('migrate')
    const checked = document(await run(`${IMPORT} --check --json`))
    expect(checked).toMatchObject({ checkOnly: true, imported: 2, present: 0, createdOwners: 1, faultCount: 0 })
    const imported = document(await run(`${IMPORT} --json`))
    expect(imported).toEqual({ ...checked, checkOnly: false })
    const owner = { organizationId: 'default', principalId: '41', imported: 2, present: 0 }
    expect(imported).toMatchObject({ byStatus: { active: 2, expired: 0, revoked: 0 }, byOwner: [owner] })
    expect(document(await run(`${IMPORT} --json`))).toMatchObject({ imported: 0, present: 2, createdOwners: 0 })
    const said = await run('verify --config sanctum.json --scope drive:read --json', `1|${SANCTUM}\n`)
    expect(document(said)).toMatchObject({ allowed: true, token: { hint: 'sanctum 1|…', createdBy: 'cli:tester' } })
    expect(said.stdout).not.toContain(SANCTUM)
    expect((await run('verify --json', `1|${SANCTUM}\n`)).code).toBe(1)
    await database.drop()
  })
})

test('all faults are reported, and nothing is written', async () => {
  const ada = await bench(folder)
  const told = await ada.run('import bad.csv --layout sanctum --create-owners user', { columns: 80 })
  expect(told.code).toBe(1)
  expect(told.stdout).toMatchInlineSnapshot(`
    "line  column    problem
    3     scopes/0  scopes/0 has a wildcard, which needs "wildcards": true
    4     digest    is the digest of line 2 as well
    "
  `)
  expect(told.stderr).toBe('2 faults: nothing was written.\n')
  const asJson = document(await ada.run('import bad.csv --layout sanctum --create-owners user --json'))
  expect(asJson).toMatchObject({ imported: 0, faultCount: 2, faults: [{ line: 3, field: 'scopes/0' }, { line: 4 }] })
  expect(document(await ada.run('token list --json'))).toMatchObject({ total: 0 })
})

test('prints imported and refused tokens', async () => {
  const ada = await bench(folder)
  const told = await ada.run(IMPORT)
  expect(told.stdout).toMatchInlineSnapshot(`
    "2 tokens imported, 0 imported before, 1 owner created.
    They are: 2 active, 0 expired, 0 revoked.
    "
  `)
  expect(told.stderr).toBe(
    'APIs accept them once sanctum is among the formats of their service, with the prefix of these tokens, where they have one.\n',
  )
})

test('what a file does not say can be said for it', async () => {
  const ada = await bench(folder)
  const lines = [{ digest: hashed('one'), created_at: '2026-01-01 00:00:00' }, { digest: hashed('two') }]
  writeFileSync(join(folder, 'bare.txt'), lines.map((line) => JSON.stringify(line)).join('\n'))
  const args = 'import bare.txt --layout sha256 --file-format jsonl --principal ada --name old --scope drive:read'
  expect((await ada.run(args)).code).toBe(1)
  expect((await ada.run(`${args} --assume-utc --acts-for-owner`)).code).toBe(0)
  const { items } = document<{ items: object[] }>(await ada.run('token list --json'))
  const said = { name: 'old', scopes: ['drive:read'], userId: 'ada', principalId: 'ada', hint: 'old' }
  expect(items).toMatchObject([said, said])
})

const lines = (...rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n')

test('organizations of rows are reported, and are faults unless they equal that of the arguments', async () => {
  const ada = await bench(folder)
  const owned = (organization: string, token: string) => ({ digest: hashed(token), principal: 'ada', organization })
  writeFileSync(join(folder, 'two.jsonl'), lines(owned('acme', 'one'), owned('other\u202e', 'two')))
  const args = 'import two.jsonl --layout sha256 --create-owners user'
  const refused = await ada.run(`${args} --organization acme`)
  expect(refused).toMatchObject({ code: 1, stdout: expect.stringMatching(/2 .*is another organization than/) })
  writeFileSync(join(folder, 'two.jsonl'), lines(owned('acme', 'one'), owned('other', 'two')))
  const environment = { env: { PATKIT_ORGANIZATION: 'acme' } }
  const told = await ada.run(`${args} --check`, environment)
  expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining('\nOf 2 organizations: acme, other.\n') })
  const many = Array.from({ length: 12 }, (_, n) => owned(`org-${String(n).padStart(2, '0')}`, `many-${n}`))
  writeFileSync(join(folder, 'many.jsonl'), lines(...many))
  const { stdout } = await ada.run('import many.jsonl --layout sha256 --create-owners user')
  expect(stdout).toMatch(/\nOf 12 organizations: org-00, .*, org-09 …\.\n/)
})

test('an id of another owner is found before anything is written', async () => {
  const ada = await bench(folder)
  const { id } = await ada.issue()
  const row = { digest: hashed('one'), principal: 'bob', id }
  writeFileSync(join(folder, 'taken.jsonl'), lines({ ...row, id: 'free', digest: hashed('two') }, row))
  for (const check of [' --check', '']) {
    const args = `import taken.jsonl --layout sha256 --create-owners user --json${check}`
    const told = await ada.run(args)
    const fault = { line: 2, field: 'id', problem: 'another token has this id' }
    expect(document(told)).toMatchObject({ imported: check === '' ? 0 : 1, faultCount: 1, faults: [fault] })
    expect(told.code).toBe(1)
  }
  expect(document(await ada.run('token list --json'))).toMatchObject({ total: 1 })
})

test('ids of two models are distinguished', async () => {
  const ada = await bench(folder)
  const team = row(2, OTHER).replace('User', 'Team')
  writeFileSync(join(folder, 'types.csv'), [HEADER, row(1, SANCTUM), team].join('\n'))
  const args = ['import', 'types.csv', '--layout', 'sanctum', '--create-owners', 'user', '--json']
  expect((await ada.run(args)).code).toBe(1)
  const prefixes = ['--owner-prefix', 'App\\Models\\User=', '--owner-prefix', 'App\\Models\\Team=team-']
  const { byOwner } = document<{ byOwner: { principalId: string }[] }>(await ada.run([...args, ...prefixes]))
  expect(byOwner.map(({ principalId }) => principalId)).toEqual(['41', 'team-41'])
})

test('an interruption leaves what can be run again', async () => {
  const ada = await bench(folder)
  const ended = await ada.run(IMPORT, {
    onInterrupt(listener) {
      listener()
      return () => {}
    },
  })
  expect(ended).toMatchObject({
    code: 130,
    stderr: expect.stringMatching(/interrupted: \d checked; nothing was written\n$/),
  })
  expect((await ada.run(IMPORT)).code).toBe(0)
})

test('an interruption while it writes is finished by running it again', async () => {
  const ada = await bench(folder)
  const database = new Database((ada.env.PATKIT_DB as string).slice('sqlite:'.length))
  const written = database.prepare('select 1 from patkit_token')
  let interrupt = () => {}
  const ended = await ada.run(IMPORT, {
    onInterrupt(listener) {
      interrupt = listener
      return () => {}
    },
    clock() {
      if (written.get() !== undefined) interrupt()
      return NOW
    },
  })
  expect(ended).toMatchObject({
    code: 130,
    stderr: expect.stringMatching(/interrupted: \d written; run it again to finish\n$/),
  })
  expect((await ada.run(IMPORT)).code).toBe(0)
  expect(document(await ada.run('token list --json'))).toMatchObject({ total: 2 })
  database.close()
})

mkdirSync(join(folder, 'folder.csv'))
test.each([
  ['import nowhere.csv --layout sanctum', 3, 'nowhere.csv cannot be read: ENOENT'],
  ['import folder.csv --layout sanctum', 3, 'folder.csv is no file: it is read twice'],
  ['import good.csv --layout laravel', 2, '--layout must be one of sha256, sanctum'],
  ['import good.csv', 2, "required option '--layout <name>'"],
  ['import sanctum.json --layout sanctum', 2, '--file-format is needed'],
  ['import good.csv --layout sanctum --file-format xml', 2, '--file-format must be one of csv, jsonl'],
  ['import good.csv --layout sanctum --create-owners robot', 2, '--create-owners must be one of user, service'],
  ['import good.csv --layout sanctum --max-lifetime 0d', 2, '--max-lifetime must be longer'],
  ['import good.csv --layout sanctum --owner-prefix team-', 2, '--owner-prefix must be <type>=<prefix>'],
])('patkit %s', async (args, code, message) => {
  const ada = await bench(folder)
  expect(await ada.run(args)).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) })
})

test.each([
  [{ formats: 'sanctum' }, '"formats" must be an array'],
  [{ formats: ['sanctum'] }, '"formats" must have a type each'],
  [{ formats: [{ type: 'laravel' }] }, '"formats" must have a type each'],
  [{ formats: [{ type: 'sanctum', chekcsum: 'ignored' }] }, '"sanctumFormat.chekcsum" is not an option'],
  [{ formats: [{ type: 'keypal', salt: 'hunter-zwei' }] }, 'must not hold a salt: put it into PATKIT_KEYPAL_SALT'],
])('the configuration %j is refused', async (content, problem) => {
  const ada = await bench(folder)
  writeFileSync(join(folder, 'wrong.json'), JSON.stringify(content))
  const told = await ada.run('doctor --config wrong.json')
  expect(told).toMatchObject({ code: 2, stderr: expect.stringContaining(problem) })
  expect(told.stderr).not.toContain('hunter-zwei')
})

test('every foreign format can be named, and a salt is of the environment', async () => {
  const ada = await bench(folder)
  const formats = [
    { type: 'keypal', prefix: 'kp_' },
    { type: 'sanctum' },
    { type: 'better-auth' },
    { type: 'unkey', prefix: 'uk' },
    { type: 'sha256', name: 'legacy', length: 20 },
  ]
  writeFileSync(join(folder, 'all.json'), JSON.stringify({ formats }))
  const shown = await ada.run('doctor --config all.json', { clock: Date.now })
  expect(shown.stdout).toContain('also keypal, also sanctum, also better-auth, also unkey, also legacy')
  const token = `kp_${'a'.repeat(32)}`
  const line = { digest: hashed(`${token}${hashed('salz')}`), principal: 'ada', organization: 'default' }
  writeFileSync(join(folder, 'salted.jsonl'), JSON.stringify(line))
  await ada.run('import salted.jsonl --layout sha256')
  const verify = (env = {}) => ada.run('verify --config all.json', { env, stdin: token })
  expect((await verify()).code).toBe(1)
  expect((await verify({ PATKIT_KEYPAL_SALT: 'salz' })).code).toBe(0)
})

test('arrays of PostgreSQL are what they are, checked and written', async () => {
  const ada = await bench(folder)
  const rows = (cell: string) => `digest,name,scopes\n${hashed(cell)},a,"${cell}"\n`
  writeFileSync(join(folder, 'arrays.csv'), rows('{drive:read,drive:write}'))
  writeFileSync(join(folder, 'nested.csv'), rows('{{drive:read}}'))
  const args = '--layout sha256 --principal ada --json'
  for (const check of [' --check', '']) {
    const refused = document(await ada.run(`import nested.csv ${args}${check}`))
    expect(refused).toMatchObject({
      imported: 0,
      faults: [{ line: 2, field: 'scopes', problem: 'has an array in its array' }],
    })
    expect(document(await ada.run(`import arrays.csv ${args}${check}`))).toMatchObject({ imported: 1, faultCount: 0 })
  }
  const { items } = document<{ items: { scopes: string[] }[] }>(await ada.run('token list --json'))
  expect(items[0]?.scopes).toEqual(['drive:read', 'drive:write'])
})
