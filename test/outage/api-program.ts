import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AUDIT_CHANNEL, createVerifier, tokenFormat } from '@patkit/core'
import type { UseEvent } from '@patkit/core/adapter'
import { patAuth, requireScope } from '@patkit/express'
import { sqlStore } from '@patkit/sql'
import { createTokenService } from '@patkit/tokens'
import express from 'express'
import { dialectOf } from '../servers/dialect.ts'
import type { ApiOptions, Introduction } from './api.ts'

/** An API as a team would run it, in a process of its own, which tests kill. */
const { url, mode, capacity, timeoutMs }: ApiOptions = JSON.parse(process.argv[2] as string)
const ACTOR = { id: 'operator', scopes: null }
const OWNER = { organizationId: 'acme', principalId: 'ada' }

const format = tokenFormat({ prefix: 'acme' })
const store = sqlStore({ dialect: dialectOf(url) })
await store.migrate()
const tokens = createTokenService({ store, format, onError: () => {} })
let emitted = 0
subscribe(AUDIT_CHANNEL, (event) => {
  emitted += (event as UseEvent).count
})
const verifier = createVerifier({
  ...tokens.verifierOptions,
  audit: { mode, sink: store.audit, capacity, timeoutMs },
  resolveTimeoutMs: timeoutMs,
  onError: () => {},
})

const app = express()
app.get('/health', (_req, res) => void res.json({ ...verifier.health, emitted }))
app.post('/flush', async (_req, res) => {
  await verifier.flush()
  res.json({ ...verifier.health, emitted })
})
app.use(patAuth(verifier))
app.get('/files', requireScope('drive:read'), (_req, res) => void res.json([]))
app.get('/admin', requireScope('admin'), (_req, res) => void res.json([]))

const server = createServer(app).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const introduction: Introduction = { url: `http://127.0.0.1:${port}`, ...(await secrets()) }
console.log(JSON.stringify(introduction))

async function secrets(): Promise<Omit<Introduction, 'url'>> {
  await tokens.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
  const [good, revoked] = [await issue('good'), await issue('revoked')]
  await tokens.revoke(ACTOR, OWNER, revoked.id)
  return { good: good.secret, revoked: revoked.secret, unknown: format.mint().reveal() }
}

async function issue(name: string): Promise<{ readonly id: string; readonly secret: string }> {
  const { token, secret } = await tokens.create(ACTOR, OWNER, { name, scopes: ['drive:read'] })
  return { id: token.id, secret: secret.reveal() }
}
