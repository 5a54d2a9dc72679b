import { type InvalidationChannel, tokenFormat } from '@patkit/core'
import { type Invalidation, isThenable, type MintingFormat, within } from '@patkit/core/adapter'
import type { SqlStore } from '@patkit/sql'
import {
  type AuditLog,
  createAuditLog,
  createTokenService,
  type Token,
  TokenError,
  type TokenService,
} from '@patkit/tokens'
import { inFile } from '../config/rules.ts'
import { requireDatabase, requireFormat, type Settings } from '../config/settings.ts'
import { CliError, redacted } from '../errors.ts'
import { openStore } from './drivers.ts'
import { openRedis } from './redis.ts'
import type { DatabaseUrl } from './url.ts'

/**
 * An object whose methods tell failures as `failed` puts them, and give up after a while: a connection that hangs
 * without a word is a failure, too. Nested objects and async iterables are guarded alike.
 */
export function guarded<T extends object>(target: T, limitMs: number | null, failed: (cause: unknown) => Error): T {
  const guard = (value: unknown): unknown => {
    if (typeof value === 'function') return (...args: unknown[]) => outcome(value.apply(target, args))
    return typeof value === 'object' && value !== null ? guarded(value, limitMs, failed) : value
  }
  const outcome = (result: unknown): unknown => {
    if (isThenable(result)) return settled(Promise.resolve(result))
    return isIterable(result) ? steps(result) : result
  }
  const settled = (promise: Promise<unknown>) =>
    (limitMs === null
      ? promise
      : within(
          limitMs,
          () => promise,
          () => noAnswer(limitMs),
        )
    ).catch((cause) => {
      throw failed(cause)
    })
  async function* steps(iterable: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    const iterator = iterable[Symbol.asyncIterator]()
    try {
      for (;;) {
        const { done, value } = (await settled(iterator.next())) as IteratorResult<unknown>
        if (done) return
        yield value
      }
    } finally {
      await iterator.return?.()
    }
  }
  return Object.fromEntries(Reflect.ownKeys(target).map((key) => [key, guard(target[key as keyof T])])) as T
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function noAnswer(limitMs: number): Error {
  return new Error(`no answer within ${limitMs / 1_000} seconds`)
}

/** The database, and what works on it. */
export interface Database {
  readonly store: SqlStore
  readonly tokens: TokenService
  readonly audit: AuditLog
  /** Makes a change known that no store has made. */
  invalidate(what: Invalidation): Promise<void>
  /** Finds the token of any owner. @throws TokenError `ERR_PAT_TOKEN_NOT_FOUND` */
  token(id: string): Promise<Token>
}

export interface StoreOptions {
  /** Whether a SQLite file that is not there is made. */
  readonly create: boolean
  /**
   * How long anything that is asked may take; `null` for as long as it needs. Counted here: poolers in front of
   * PostgreSQL refuse connections that bring a time-out of their own.
   */
  readonly answerMs: number | null
}

/** How long anything that is asked of the database may take. */
const ANSWER_MS = 120_000
/** Connections that are stuck are not waited for at the end. */
const LAST_MS = 1_000
/** How the engines say that a table or a column is not there. */
const MISSING = /no such (?:table|column)|does(?: not|n't) exist|unknown column/i

/**
 * Opens the database of the settings for some work, and closes it.
 *
 * @throws CliError `ERR_PAT_DATABASE` for every failure of the database
 */
export async function withDatabase<T>(
  settings: Settings,
  clock: () => number,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  return withStore(settings, { create: false, answerMs: ANSWER_MS }, async (store) => {
    const { notPublished, redis: place } = settings
    const redis = place === null ? null : await openRedis(place, false, notPublished, clock)
    try {
      return await work(databaseOf(settings, clock, store, redis?.channel ?? null))
    } finally {
      redis?.close()
    }
  })
}

function databaseOf(
  settings: Settings,
  clock: () => number,
  store: SqlStore,
  channel: InvalidationChannel | null,
): Database {
  const { catalog, scopeOptions, policy } = settings.rules
  const tokens = inFile(settings.configName, () =>
    createTokenService({
      store,
      format: settings.format ?? unnamedFormat(settings),
      policy,
      clock,
      ...scopeOptions,
      ...(catalog !== null && { scopes: catalog }),
      ...(channel !== null && { channel, onError: settings.notPublished }),
    }),
  )
  return {
    ...{ store, tokens, audit: createAuditLog(store.audit), token: (id) => tokenOf(store, id) },
    async invalidate(what) {
      await store.invalidations.append(what)
      await channel?.publish(what).catch(settings.notPublished)
    },
  }
}

/** The bare store: for what the service is not needed for. */
export async function withStore<T>(
  settings: Settings,
  options: StoreOptions,
  work: (store: SqlStore) => Promise<T>,
): Promise<T> {
  const url = requireDatabase(settings)
  const failed = (cause: unknown) => databaseError(url, cause)
  const store = await openStore(url, options.create).catch((cause) => {
    throw failed(cause)
  })
  try {
    return await work(guarded(store, options.answerMs, failed))
  } catch (error) {
    throw await explained(error, guarded(store, LAST_MS, failed))
  } finally {
    await closed(guarded(store, LAST_MS, failed))
  }
}

/** What fails at the end has done its work before. */
async function closed(store: SqlStore): Promise<void> {
  try {
    await store[Symbol.asyncDispose]()
  } catch {}
}

/** A failure of the database, without the secrets of its URL and of its statements. */
export function databaseError({ shown }: DatabaseUrl, cause: unknown): Error {
  if (cause instanceof CliError || cause instanceof TokenError) return cause
  return new CliError('ERR_PAT_DATABASE', `the database ${shown} cannot be used: ${messageOf(cause)}`, null, { cause })
}

/** Of several attempts at one host, each has failed for a reason of its own. */
function messageOf(cause: unknown): string {
  const { message, errors, code } = cause as AggregateError & NodeJS.ErrnoException
  const text = message === '' && Array.isArray(errors) ? errors.map((error) => error.message).join('; ') : message
  return redacted(text || code || 'unknown error')
}

/** Tables that are not there, or of an older version, are what most failures of statements come from. */
async function explained(error: unknown, store: SqlStore): Promise<unknown> {
  if (!(error instanceof CliError && error.code === 'ERR_PAT_DATABASE' && MISSING.test(error.message))) return error
  const pending = await store.inspect().then(
    ({ pendingMigrations }) => pendingMigrations,
    () => [],
  )
  if (pending.length === 0) return error
  const { message, field, cause } = error
  return new CliError('ERR_PAT_DATABASE', `${message}. Its tables are out of date: run patkit migrate`, field, {
    cause,
  })
}

async function tokenOf(store: SqlStore, id: string): Promise<Token> {
  for await (const token of store.scan({ id })) return token
  throw new TokenError('ERR_PAT_TOKEN_NOT_FOUND', 'no token matches')
}

/** Stands in where nothing is minted, and mints nothing. */
function unnamedFormat(settings: Settings): MintingFormat {
  return { ...tokenFormat({ prefix: 'unnamed' }), mint: () => requireFormat(settings).mint() }
}
