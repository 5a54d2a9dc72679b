import type { TokenRecord, VerifierOptions } from '@patkit/core'
import type { Resolve } from '@patkit/core/adapter'
import { type App, type Heard, heardNothing } from './app.ts'
import type { Core } from './core.ts'
import { buildFormat, type Credential, credentialOf } from './credentials.ts'
import type { RawRequest } from './raw-request.ts'
import { storedRecord } from './stored-record.ts'
import type { ResolverBehaviour, Vector, VectorRequest } from './vector.ts'

/** The instant at which every vector begins. */
const NOW = Date.parse('2026-06-01T12:00:00Z')

/** A vector made ready: the API it is about, and the requests to send to it. */
export interface Scenario {
  readonly app: App
  readonly credential: Credential
  /** Sets the world to the moment of a request, and puts that into the form it is sent in. */
  prepare(request: VectorRequest): RawRequest
}

interface World {
  now: number
  peer: string | null
}

/** Builds everything on the core given, so that a changed one can be put on trial. */
export function createScenario(vector: Vector, core: Core): Scenario {
  const formats = vector.formats ?? ['prefixed']
  const credential = credentialOf(formats[0] ?? 'prefixed')
  const world: World = { now: NOW, peer: vector.peer ?? null }
  const heard = heardNothing()
  const options = {
    format: formats.map((format) => buildFormat(format, core)),
    resolve: resolver(vector, credential.digest, heard),
    audit: auditor(vector, heard),
    onError: (fault) => heard.faults.push(fault),
    clock: () => world.now,
    ...vector.options,
  } satisfies VerifierOptions<TokenRecord>
  const app: App = {
    source: vector.verifier === 'shared' ? core.createVerifier<TokenRecord>(options) : options,
    optional: vector.optional ?? false,
    peer: vector.peer === undefined ? null : () => peerOf(world),
    onDeny: vector.onDeny ?? null,
    heard,
  }
  return { app, credential, prepare: (request) => prepare(request, credential, world) }
}

function prepare(request: VectorRequest, { token, digest }: Credential, world: World): RawRequest {
  if (request.at !== undefined) world.now = Date.parse(request.at)
  if (request.peer !== undefined) world.peer = request.peer
  const fill = (text: string) =>
    text
      .replaceAll('{token}', token)
      .replaceAll('{digest}', digest)
      .replace(/\{a:(\d+)\}/, (_, times) => 'a'.repeat(Number(times)))
  return {
    method: request.method ?? 'GET',
    path: fill(request.path ?? '/whoami'),
    lines: (request.lines ?? ['Authorization: Bearer {token}']).flatMap(filler).map(fill),
    body: fill(request.body ?? ''),
  }
}

/** `{filler:1000}` is so many short lines. */
function filler(line: string): string[] {
  const count = /^\{filler:(\d+)\}$/.exec(line)?.[1]
  return count === undefined ? [line] : Array.from({ length: Number(count) }, (_, n) => `a${n}: b`)
}

function peerOf({ peer }: World): string | null {
  if (peer === '$throws') throw new Error('failed on purpose')
  return peer
}

function resolver(vector: Vector, digest: string, heard: Heard): Resolve<TokenRecord> {
  const behaviours = vector.resolver ?? ['finds']
  const record = storedRecord(digest, vector.record ?? {})
  return (asked) => {
    const behaviour = behaviours[Math.min(heard.resolverCalls, behaviours.length - 1)] as ResolverBehaviour
    heard.resolverCalls++
    if (behaviour === 'finds') return asked === digest ? record : null
    return typeof behaviour === 'object' ? (behaviour.returns as TokenRecord) : MISBEHAVIOURS[behaviour]()
  }
}

const MISBEHAVIOURS = {
  null: () => null,
  undefined: () => undefined,
  throws: () => {
    throw new Error('failed on purpose')
  },
  rejects: () => Promise.reject(new Error('failed on purpose')),
  hangs: () => new Promise<never>(() => {}),
} satisfies Record<Exclude<ResolverBehaviour, object | 'finds'>, () => unknown>

function auditor({ auditFails }: Vector, heard: Heard): NonNullable<VerifierOptions<TokenRecord>['audit']> {
  return (event) => {
    heard.audit.push(event)
    if (auditFails === 'throws') throw new Error('failed on purpose')
    return auditFails === 'rejects' ? Promise.reject(new Error('failed on purpose')) : undefined
  }
}
