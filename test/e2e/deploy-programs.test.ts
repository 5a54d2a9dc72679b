import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { bundledProgram } from '../servers/bundled-program.ts'
import { startRelay } from '../servers/relay.ts'
import { type ServerProcess, startServer } from '../servers/server-process.ts'
import { openPostgres } from '../servers/test-database.ts'
import { freePort } from '../servers/test-server.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples/deploy', import.meta.url))
const UNIT = join(EXAMPLES, 'patkit.service')
/** systemd calls 3.0 the end of "OK"; the parts that the tests cannot run, such as filters of system calls, are left out. */
const MOST_EXPOSURE = 30
const READY = /patkit listens on/

const analyzer = inject('programs')['systemd-analyze']
const postgres = inject('servers').postgres
const scratch = mkdtempSync(join(tmpdir(), 'patkit-programs-'))
const installed = join(scratch, 'bin')
let state: string
let port: number
let running: ServerProcess[] = []

/** Puts `patkit` on the PATH, as an installation does. */
async function install(): Promise<void> {
  mkdirSync(installed)
  const program = await bundledProgram('packages/cli/src/main.ts')
  writeFileSync(join(installed, 'patkit'), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`)
  chmodSync(join(installed, 'patkit'), 0o755)
}
await install()

beforeEach(async () => {
  state = mkdtempSync(join(scratch, 'state-'))
  port = await freePort()
  return async () => {
    await Promise.all(running.map((each) => each.stop('SIGTERM')))
    running = []
  }
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function environment(more: Record<string, string>): Record<string, string> {
  return { PATH: `${installed}${delimiter}${process.env.PATH}`, PATKIT_PORT: String(port), ...more }
}

async function start([command = '', ...args]: readonly string[], env: Record<string, string> = {}) {
  const program = { name: 'patkit', command, args, cwd: state, env: environment(env), ready: READY }
  const server = await startServer({ ...program, readyOn: 'stdout' })
  running.push(server)
  return server
}

const modeOf = (file: string) => statSync(join(state, file)).mode & 0o777

describe('patkit.service', () => {
  const lines = readFileSync(UNIT, 'utf8').split('\n')
  const setting = (name: string) => lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
  /** ExecStart, as systemd starts it: with the mask of files. */
  const command = () => {
    const parts = setting('ExecStart')
      .split(' ')
      .map((part) => part.replace('/etc/patkit', EXAMPLES))
    return ['/bin/sh', '-c', `umask ${setting('UMask')}; exec "$@"`, 'sh', ...parts]
  }

  test.skipIf(analyzer === null)('is a unit that systemd accepts, and that confines the program', () => {
    const check = spawnSync(analyzer as string, ['verify', UNIT], { encoding: 'utf8' })
    expect([check.status, check.stderr]).toEqual([0, ''])
    const options = ['security', '--offline=yes', `--threshold=${MOST_EXPOSURE}`, '--no-pager', UNIT]
    const { status, stdout } = spawnSync(analyzer as string, options, { encoding: 'utf8' })
    expect(status, stdout.trim().split('\n').at(-1)).toBe(0)
  })

  test('its command serves, keeps its files to its owner, and ends with 0 at SIGTERM', async () => {
    const server = await start(command())
    expect((await fetch(`http://localhost:${port}/readyz`)).status).toBe(200)
    expect(server.log()).toContain('is in the file patkit-first-link.txt')
    expect([modeOf('patkit-first-link.txt'), modeOf('patkit.db')]).toEqual([0o600, 0o600])
    const link = readFileSync(join(state, 'patkit-first-link.txt'), 'utf8')
    expect(link).toContain('https://pat.example.com/sign-in#code=')
    expect(server.log()).not.toContain('#code=')
    await server.stop('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  test('is started again for a database that is away, and not for a wrong setting', async () => {
    expect([setting('Restart'), setting('RestartPreventExitStatus')]).toEqual(['on-failure', '2'])
    await expect(start(command(), { PATKIT_PORT: 'none' })).rejects.toThrow('ended with 2')
    mkdirSync(join(state, 'patkit.db'))
    await expect(start(command())).rejects.toThrow('ended with 3')
  })
})

describe('Dockerfile', () => {
  const instructions = readFileSync(join(EXAMPLES, 'Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line))
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const)
  const instruction = (name: string) => instructions.find(([each]) => each === name)?.[1] ?? ''
  const ENV = Object.fromEntries(
    instruction('ENV')
      .split(' ')
      .map((pair) => pair.split('=')),
  )
  const CMD: string[] = JSON.parse(instruction('CMD'))
  const [probe = '', ...probeArgs]: string[] = JSON.parse(instruction('HEALTHCHECK').replace(/^CMD /, ''))

  /** The environment of the image, on a free port. */
  const image = (more: Record<string, string>) => ({ ...ENV, PATKIT_PORT: String(port), ...more })
  const health = async () => {
    const child = spawn(probe, probeArgs, { env: environment(image({})), stdio: 'ignore' })
    const [code] = await once(child, 'exit')
    return code
  }

  test('runs without root in the volume, and exposes its port', () => {
    expect([instruction('USER'), instruction('WORKDIR'), instruction('VOLUME')]).toEqual(['node', '/data', '/data'])
    expect(instruction('EXPOSE')).toBe(ENV.PATKIT_PORT)
    const names = instructions.map(([name]) => name)
    expect(names.lastIndexOf('RUN')).toBeLessThan(names.indexOf('USER'))
  })

  test('CMD serves on all addresses, and needs the public URL', async () => {
    await expect(start(CMD, image({}))).rejects.toThrow('--public-url')
    const server = await start(CMD, image({ PATKIT_PUBLIC_URL: 'https://pat.example.com' }))
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
    expect(modeOf('patkit-first-link.txt')).toBe(0o600)
    await server.stop('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  test.skipIf(postgres === null)('HEALTHCHECK is 0 while the database answers, and 1 while it is away', async () => {
    const database = await openPostgres(postgres as string)
    const relay = await startRelay(database.url)
    const env = image({ PATKIT_PUBLIC_URL: 'https://pat.example.com', PATKIT_DB: relay.urlOf(database.url) })
    const server = await start(CMD, env)
    expect(await health()).toBe(0)
    await relay.close()
    expect(await health()).toBe(1)
    await server.stop('SIGTERM')
    expect(await health()).toBe(1)
    await database.drop()
  })
})
