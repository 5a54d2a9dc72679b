import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { temporaryBase } from './temporary.ts'

const ROOT = join(import.meta.dirname, '../..')
const MODULE = pathToFileURL(join(import.meta.dirname, 'temporary.ts')).href
/** A run with a program that outlives it. */
const RUN = `
  import { spawn } from 'node:child_process'
  import { writeFileSync } from 'node:fs'
  import { openRunFolder } from '${MODULE}'
  const remove = await openRunFolder()
  const server = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true })
  console.log(JSON.stringify({ folder: process.env.TMPDIR, server: server.pid }))
  process.stdin.once('data', async () => { server.kill(); await remove(); process.exit() })`

afterEach(() => vi.unstubAllEnvs())

test('what a killed run has left is ended and removed by the next, and a run that goes on is left alone', async () => {
  const base = mkdtempSync('/tmp/patkit-')
  onTestFinished(() => rmSync(base, { recursive: true, force: true }))
  const killed = await run(base)
  const living = await run(base)
  expect(existsSync(killed.folder)).toBe(true)
  killed.child.kill('SIGKILL')
  await once(killed.child, 'exit')
  expect(isRunning(killed.server)).toBe(true)
  const next = await run(base)
  expect(existsSync(killed.folder)).toBe(false)
  expect(isRunning(killed.server)).toBe(process.platform !== 'linux')
  expect(existsSync(living.folder)).toBe(true)
  expect(isRunning(living.server)).toBe(true)
  for (const { child, folder } of [living, next]) {
    child.stdin?.write('end')
    await once(child, 'exit')
    expect(existsSync(folder)).toBe(false)
  }
})

test('folders of runs on other machines are left alone', async () => {
  const base = mkdtempSync('/tmp/patkit-')
  onTestFinished(() => rmSync(base, { recursive: true, force: true }))
  const { pid } = spawnSync(process.execPath, ['--version'])
  const foreign = mkdtempSync(join(base, `patkit-run-00000000-${pid}-`))
  const { child } = await run(base)
  expect(existsSync(foreign)).toBe(true)
  child.stdin?.write('end')
  await once(child, 'exit')
})

test.runIf(process.getuid?.() === 0)('as root, other users can enter the folder', () => {
  const closed = mkdtempSync('/tmp/closed-')
  onTestFinished(() => rmSync(closed, { recursive: true, force: true }))
  vi.stubEnv('TMPDIR', closed)
  expect(temporaryBase()).toBe('/tmp')
})

test.each(['/not/there', '/tmp/with a space', `/tmp/${'long'.repeat(20)}`])('%s is no folder for servers', (folder) => {
  vi.stubEnv('TMPDIR', folder)
  expect(temporaryBase()).toBe('/tmp')
})

async function run(folder: string): Promise<{ child: ChildProcess; folder: string; server: number }> {
  const child = spawn(process.execPath, args(RUN), {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout, 'data')
  return { child, ...JSON.parse(String(line)) }
}

function args(program: string): string[] {
  return ['--import', 'tsx', '--input-type=module', '--eval', program]
}

/** Its parent does not wait for it: once it has ended, it may be a zombie. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
  return /^[^Z\s]/.test(stdout.toString().trim())
}
