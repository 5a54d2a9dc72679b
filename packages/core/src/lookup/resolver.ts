import { type Awaitable, within } from '../async.ts'
import { PatError, type PatErrorCode, type SeldomReport } from '../errors.ts'
import type { Gate } from './gate.ts'
import { type CompiledRecord, compileRecord, type ListCompilers, type TokenRecord } from './record.ts'

export interface ResolveContext {
  /** Aborted when the lookup has taken longer than `resolveTimeoutMs`. */
  readonly signal: AbortSignal
}

/** What a format is given when it reads a record itself. */
export interface ReadContext extends ResolveContext {
  /**
   * Says that a credential is not genuine: `return lookup.refuse('aud', …)`. Each rule is reported at most
   * once a minute, as `ERR_PAT_TOKEN_REFUSED`; the client never does.
   *
   * @param rule one of a fixed set of names, such as `aud`
   * @param problem the message, which names the rule and holds no part of a secret
   */
  refuse(rule: string, problem: string): false
}

/**
 * Finds the record of a digest. `null` or `undefined` means that the token is unknown. An error, a time-out or any other shape
 * answers 503, is reported, and is not remembered.
 */
export type Resolve<R extends TokenRecord> = (
  digest: string,
  lookup: ResolveContext,
) => R | null | undefined | Promise<R | null | undefined>

/** Finds the records of several digests at once; a digest that is not in the answer is unknown. Faults as `Resolve`. */
export type ResolveMany<R extends TokenRecord> = (
  digests: readonly string[],
  lookup: ResolveContext,
) => ReadonlyMap<string, R> | Promise<ReadonlyMap<string, R>>

/** How records are found: one digest at a time, or all misses of one turn of the event loop in one call. */
export type Resolver<R extends TokenRecord> =
  | { readonly resolve: Resolve<R> }
  | { readonly resolveMany: ResolveMany<R>; readonly maxBatch: number }

/** A record to find. */
export interface LookupRequest {
  /** The digests that a credential may be stored under; the first that is known counts. */
  readonly digests: readonly string[]
  /** How its format reads the record, where that is asked instead of the resolver. */
  readonly read: ((lookup: ReadContext) => Awaitable<TokenRecord | null | undefined | false>) | null
}

/** The record, `null` for an unknown token, or `false` for a credential that is not genuine. */
export type FindRecord<R extends TokenRecord> = (
  lookupRequest: LookupRequest,
) => Promise<CompiledRecord<R> | null | false>

interface Found<R> {
  readonly digest: string
  readonly record: R
}

/** The source of a record, and the codes of its faults. */
interface Source {
  readonly name: string
  readonly failed: PatErrorCode
  readonly late: PatErrorCode
}

const RESOLVER: Source = { name: 'resolver', failed: 'ERR_PAT_RESOLVER_FAILED', late: 'ERR_PAT_RESOLVER_TIMEOUT' }
const FORMAT: Source = { name: 'token format', failed: 'ERR_PAT_FORMAT_FAILED', late: 'ERR_PAT_FORMAT_FAILED' }

export interface ResolverOptions<R extends TokenRecord> {
  readonly resolver: Resolver<R>
  /** Passed by each call of the resolver. Its time counts from the question. */
  readonly gate: Gate
  readonly timeoutMs: number
  readonly report: (fault: PatError) => void
  readonly seldom: SeldomReport
  readonly compile: ListCompilers
}

/**
 * Makes the function that asks a resolver, or the format that reads its records itself. Faults are reported once,
 * however many lookups share them.
 *
 * @throws PatError (the function) `ERR_PAT_RESOLVER_FAILED`, `ERR_PAT_RESOLVER_TIMEOUT`, `ERR_PAT_FORMAT_FAILED` or
 * `ERR_PAT_RECORD_INVALID`
 */
export function createResolver<R extends TokenRecord>({
  resolver,
  gate,
  timeoutMs,
  report,
  seldom,
  compile,
}: ResolverOptions<R>): FindRecord<R> {
  const reportedFaults = new WeakSet<PatError>()

  async function ask<T>(work: (context: ResolveContext) => Promise<T>, source: Source = RESOLVER): Promise<T> {
    try {
      return await withTimeout(timeoutMs, work, source)
    } catch (cause) {
      throw reported(cause, source.failed, `${source.name} failed`)
    }
  }

  /** A record that a format has read counts as one of the verifier's type: the author of the format asserts it. */
  async function read(
    { digests }: LookupRequest,
    reading: NonNullable<LookupRequest['read']>,
  ): Promise<Found<R> | null | false> {
    const record = (await ask(async ({ signal }) => reading({ signal, refuse }), FORMAT)) ?? null
    return record === null || record === false ? record : { digest: digests[0] as string, record: record as R }
  }

  function refuse(rule: string, problem: string): false {
    seldom(new PatError('ERR_PAT_TOKEN_REFUSED', problem), `refused ${rule}`)
    return false
  }

  function compiled({ record, digest }: Found<R>): CompiledRecord<R> {
    try {
      return compileRecord(record, digest, compile)
    } catch (cause) {
      throw reported(cause, 'ERR_PAT_RECORD_INVALID', 'resolved record could not be read')
    }
  }

  function reported(cause: unknown, code: PatErrorCode, message: string): PatError {
    const fault = cause instanceof PatError ? cause : new PatError(code, message, cause)
    if (!reportedFaults.has(fault)) report(fault)
    reportedFaults.add(fault)
    return fault
  }

  const askResolver: Ask = (work) => ask((context) => gate.pass(context.signal, () => work(context)))
  const find = 'resolve' in resolver ? oneByOne(resolver.resolve, askResolver) : inBatches(resolver, askResolver)
  return async (lookupRequest) => {
    const found = await (lookupRequest.read === null
      ? find(lookupRequest.digests)
      : read(lookupRequest, lookupRequest.read))
    return found && compiled(found)
  }
}

type Ask = <T>(work: (context: ResolveContext) => Promise<T>) => Promise<T>
type Find<R> = (digests: readonly string[]) => Promise<Found<R> | null>

function oneByOne<R extends TokenRecord>(resolve: Resolve<R>, ask: Ask): Find<R> {
  return (digests) =>
    ask(async (context) => {
      for (const digest of digests) {
        const record = (await resolve(digest, context)) ?? null
        if (record !== null) return { digest, record }
      }
      return null
    })
}

interface Waiting<R> {
  readonly digests: readonly string[]
  readonly settle: (records: Promise<ReadonlyMap<string, R>>) => void
}

/** Collects lookups until the event loop has read every request that is there, then asks for them in few calls. */
function inBatches<R extends TokenRecord>(
  { resolveMany, maxBatch }: Extract<Resolver<R>, { readonly maxBatch: number }>,
  ask: Ask,
): Find<R> {
  let waiting: Waiting<R>[] = []

  function flush(): void {
    const all = waiting
    waiting = []
    for (const batch of batches(all, maxBatch)) {
      const digests = batch.flatMap((lookup) => lookup.digests)
      const records = ask(async (context) => mapOf(await resolveMany(digests, context)))
      for (const { settle } of batch) settle(records)
    }
  }

  return async (digests) => {
    const records = await new Promise<ReadonlyMap<string, R>>((settle) => {
      if (waiting.length === 0) setImmediate(flush)
      waiting.push({ digests, settle })
    })
    const digest = digests.find((candidate) => records.get(candidate) != null)
    return digest === undefined ? null : { digest, record: records.get(digest) as R }
  }
}

/** Consecutive lookups with at most `maxBatch` digests together; one with more of its own goes alone. */
function batches<R>(lookups: readonly Waiting<R>[], maxBatch: number): Waiting<R>[][] {
  const result: Waiting<R>[][] = []
  let room = 0
  for (const lookup of lookups) {
    if (lookup.digests.length > room) {
      result.push([])
      room = maxBatch
    }
    result.at(-1)?.push(lookup)
    room -= lookup.digests.length
  }
  return result
}

function mapOf<R>(answer: ReadonlyMap<string, R>): ReadonlyMap<string, R> {
  if (typeof answer?.get === 'function') return answer
  throw new PatError('ERR_PAT_RESOLVER_FAILED', 'resolveMany must answer with a Map')
}

function withTimeout<T>(
  timeoutMs: number,
  work: (context: ResolveContext) => Promise<T>,
  { name, late }: Source,
): Promise<T> {
  const controller = new AbortController()
  return within(
    timeoutMs,
    () => work({ signal: controller.signal }),
    () => {
      controller.abort()
      return new PatError(late, `${name} took longer than ${timeoutMs} ms`)
    },
  )
}
