import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { redisChannel } from '@patkit/redis'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { hasHeardOf, type Recorder, record } from '../../../test/nodes/recorder.ts'
import { type Served, served } from './served.ts'
import { patkit, scratchFolder } from './terminal.ts'

const server = inject('servers').redis
const NOT_TAKEN = /^patkit: redis:\/\/127\.0\.0\.1:1 did not take the message \(.+\)\. APIs that also read the log/

describe('PATKIT_REDIS', () => {
  let folder: string
  let env: Record<string, string>
  beforeEach(async () => {
    folder = scratchFolder()
    env = { PATKIT_DB: 'sqlite:tokens.db', PATKIT_PREFIX: 'acme_pat' }
    for (const args of [['migrate'], ['principal', 'create', 'ada']]) await done(...args)
  })

  const command = (...args: readonly string[]) => patkit(args, { env, cwd: folder })

  async function done(...args: readonly string[]) {
    const ended = await command(...args)
    expect(ended.code, ended.stderr).toBe(0)
    return ended
  }

  /** Starts a server, and makes a token over its management API. @returns what revokes it there */
  async function serving() {
    const server = await served([], { env, cwd: folder, clock: Date.now, isTty: { stdout: true } })
    const admin = server.browser()
    await admin.post(`${server.url}/sign-in/link`, { code: codeOf(server) })
    const made = await admin.post(`${server.url}/api/tokens`, { name: 'used', scopes: ['drive:read'] })
    const { id } = (await made.json()) as { readonly id: string }
    return { server, id, revoke: () => admin.post(`${server.url}/api/tokens/${id}/revoke`, {}) }
  }

  async function newToken(): Promise<string> {
    const { stdout } = await done(
      'token',
      'create',
      '--principal',
      'ada',
      '--name',
      'used',
      '--scope',
      'drive:read',
      '--json',
    )
    return JSON.parse(stdout).token.id
  }

  describe.skipIf(server === null)('of a server', () => {
    let client: Redis
    let recorder: Recorder
    beforeEach(async () => {
      const name = `test:cli:${process.pid}:${Math.random()}`
      client = new Redis(server as string)
      recorder = await record(redisChannel({ client, name }))
      Object.assign(env, { PATKIT_REDIS: server as string, PATKIT_REDIS_CHANNEL: name })
    })
    afterEach(async () => {
      await recorder[Symbol.asyncDispose]()
      client.disconnect()
    })

    test('makes a command publish what it changed', async () => {
      const id = await newToken()
      await done('token', 'revoke', id)
      await recorder.until(hasHeardOf(id))
      expect(recorder.messages).toEqual([{ kind: 'token', id, minVersion: 2 }])
    })

    test('makes patkit serve publish what its management API changed', async () => {
      const { server: serve, id, revoke } = await serving()
      expect((await revoke()).status).toBe(200)
      await recorder.until(hasHeardOf(id))
      expect(recorder.messages.at(-1)).toEqual({ kind: 'token', id, minVersion: 2 })
      expect((await serve.stop()).code).toBe(0)
    })

    test('makes patkit serve log that a message was not taken, and its change stands', async () => {
      const user = `mute-${process.pid}`
      await client.call('ACL', 'SETUSER', user, 'on', '>secret-password', '+@all', '-publish', '~*', '&*')
      env.PATKIT_REDIS = `redis://${user}:secret-password@${new URL(server as string).host}`
      const { server: serve, id, revoke } = await serving()
      expect((await revoke()).status).toBe(200)
      expect((await done('token', 'show', id, '--json')).stdout).toContain('"status": "revoked"')
      const { stderr } = await serve.stop()
      await client.call('ACL', 'DELUSER', user)
      expect(stderr).toMatch(/"level":"error","message":"[^"]*no permissions[^"]*'publish'/i)
      expect(stderr).not.toContain('secret-password')
    })

    test('makes invalidate publish as well', async () => {
      await done('invalidate', '--organization', 'acme')
      await recorder.until(({ messages }) => messages.length > 0)
      expect(recorder.messages).toEqual([{ kind: 'organization', id: 'acme' }])
    })
  })

  test('of a server that is away is reported, and the change stands', async () => {
    const id = await newToken()
    env.PATKIT_REDIS = 'redis://:secret-password@127.0.0.1:1'
    const { code, stderr } = await command('token', 'revoke', id)
    expect(code).toBe(0)
    expect(stderr).toMatch(NOT_TAKEN)
    expect(stderr).not.toContain('secret-password')
    expect((await done('token', 'show', id, '--json')).stdout).toContain('"status": "revoked"')
    const invalidated = await command('invalidate')
    expect(invalidated).toMatchObject({ code: 0, stderr: expect.stringMatching(NOT_TAKEN) })
  })

  test.each(['redis', 'http://redis.internal', 'redis://'])('must be the URL of a server: %s', async (url) => {
    env.PATKIT_REDIS = url
    const { code, stderr } = await command('invalidate')
    expect(code).toBe(2)
    expect(stderr).toContain('PATKIT_REDIS must be redis://<host>:<port> or rediss://<host>:<port>')
  })

  test('is where a password belongs, not the file', async () => {
    writeFileSync(join(folder, 'patkit.json'), JSON.stringify({ redis: 'redis://:word@redis.internal' }))
    const { code, stderr } = await command('invalidate')
    expect(code).toBe(2)
    expect(stderr.replaceAll('\n', ' ')).toContain('patkit.json: redis must not hold a password')
    expect(stderr).not.toContain('word@')
  })
})

function codeOf({ printed }: Served): string {
  return new URL(printed.firstLink?.url as string).hash.slice('#code='.length)
}
