import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { unprivileged } from './account.ts'
import { installedPostgres, postgresBinaries } from './postgres-binaries.ts'
import { startServer } from './server-process.ts'
import { temporaryBase } from './temporary.ts'
import { unpackOnce } from './unpack.ts'

const SERVER = { name: 'A server', ready: /ready/ }

test('a server that cannot be started says so in one line', async () => {
  const absent = startServer({ ...SERVER, command: '/not/there', args: [] })
  await expect(absent).rejects.toThrow(/^A server cannot be started: .*ENOENT$/)
  const broken = startServer({
    ...SERVER,
    command: process.execPath,
    args: ['--eval', ends('a note\nFATAL: busy\nbye')],
  })
  await expect(broken).rejects.toThrow(/^A server ended with 3: FATAL: busy$/)
})

test('a server ends once, for any number of calls', async () => {
  const program = 'console.error("ready"); setInterval(() => {}, 1000)'
  const server = await startServer({ ...SERVER, command: process.execPath, args: ['--eval', program] })
  await Promise.all([server.stop('SIGTERM'), server.stop('SIGTERM')])
  await server.stop('SIGTERM')
})

test('an unpacked folder takes its place when it is complete', async () => {
  const folder = temporaryFolder()
  const target = join(folder, 'thing')
  await expect(unpackOnce(target, async (draft) => fail(draft))).rejects.toThrow('broken off')
  expect(readdirSync(folder)).toEqual([])
  const fill = async (draft: string) => writeFileSync(join(draft, 'file'), 'whole')
  await Promise.all([unpackOnce(target, fill), unpackOnce(target, fill)])
  await unpackOnce(target, async () => expect.unreachable())
  expect(readdirSync(folder)).toEqual(['thing'])
  expect(readdirSync(target)).toEqual(['file'])
})

test('what a killed program has unpacked half is unpacked anew', async () => {
  const folder = temporaryFolder()
  const target = join(folder, 'thing')
  const half = `
    import { writeFileSync } from 'node:fs'
    import { unpackOnce } from ${JSON.stringify(join(import.meta.dirname, 'unpack.ts'))}
    await unpackOnce(${JSON.stringify(target)}, async (draft) => {
      writeFileSync(draft + '/file', 'ha')
      process.kill(process.pid, 'SIGKILL')
    })`
  const args = ['--import', 'tsx', '--input-type=module', '--eval', half]
  const root = join(import.meta.dirname, '../..')
  expect(() => execFileSync(process.execPath, args, { cwd: root, stdio: 'pipe' })).toThrow()
  expect(readdirSync(folder)).toHaveLength(1)
  expect(existsSync(target)).toBe(false)
  await unpackOnce(target, async (draft) => writeFileSync(join(draft, 'file'), 'whole'))
  expect(readdirSync(folder)).toEqual(['thing'])
})

test.runIf(process.getuid?.() === 0)(
  'PostgreSQL runs as another user when only root can enter its folder',
  async () => {
    const closed = temporaryFolder()
    const open = temporaryFolder()
    chmodSync(open, 0o755)
    const installed = await installedPostgres()
    cpSync(dirname(dirname(installed.postgres)), closed, { recursive: true, verbatimSymlinks: true })
    const hidden = { initdb: join(closed, 'bin/initdb'), postgres: join(closed, 'bin/postgres') }
    const account = unprivileged()
    expect(() => execFileSync(hidden.initdb, ['--version'], { ...account, cwd: open, stdio: 'pipe' })).toThrow('EACCES')
    const { initdb, postgres } = await postgresBinaries(account, open, hidden)
    for (const binary of [initdb, postgres]) {
      expect(execFileSync(binary, ['--version'], { ...account, cwd: open }).toString()).toContain('PostgreSQL')
    }
  },
)

function temporaryFolder(): string {
  const folder = mkdtempSync(join(temporaryBase(), 'patkit-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function fail(draft: string): never {
  writeFileSync(join(draft, 'file'), 'ha')
  throw new Error('broken off')
}

function ends(complaint: string): string {
  return `console.error(${JSON.stringify(complaint)}); process.exitCode = 3`
}
