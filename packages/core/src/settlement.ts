import { type Awaitable, notify } from './async.ts'
import type { Auditor, WrittenEvent } from './audit/auditor.ts'
import { createUseAudit, type Withdrawal } from './audit/use-audit.ts'
import { compiledOf, type Decision, type Denied, type Grant, UNAVAILABLE } from './decision.ts'
import { orSystemTime, PatError } from './errors.ts'
import type { IncomingRequest, RequestReader } from './incoming-request.ts'
import type { FailureBudget } from './limit/failure-budget.ts'
import type { Lookup } from './lookup/cache.ts'
import type { Lookups } from './lookup/lookups.ts'
import type { CompiledRecord, TokenRecord } from './lookup/record.ts'
import { isSameOutcome, type Verdict, type Verdicts } from './lookup/verdict.ts'

/** Puts decisions on record, and answers with them. Under `required` audit that waits until the event is durable. */
export interface Settlement<R extends TokenRecord> {
  /** Settles the decision about a request. Called for every request: allocates nothing without audit. */
  settle<Q>(
    incoming: IncomingRequest<Q>,
    key: string,
    decision: Decision<R>,
    lookup: Lookup<CompiledRecord<R>> | null,
    at: number | null,
  ): Awaitable<Decision<R>>
  /** Settles the denial of a guard. */
  refuse<Q>(denied: Denied, grant: Grant<R> | null, request: Q, reader: RequestReader<Q>): Awaitable<Denied>
}

export interface SettlementOptions<R extends TokenRecord> {
  readonly auditor: Auditor
  readonly lookups: Lookups<R>
  readonly verdicts: Verdicts<R>
  readonly failures: FailureBudget | null
  readonly onUse: ((record: Readonly<R>, at: number, clientIp: string | null) => void) | null
  readonly clock: () => number
  readonly report: (fault: PatError) => void
}

/** How often a decision is repeated because a change has overtaken the writing of its event. */
const MOST_REPEATS = 3

export function createSettlement<R extends TokenRecord>(options: SettlementOptions<R>): Settlement<R> {
  const { auditor, lookups, verdicts, failures, onUse, clock, report } = options
  const audit = createUseAudit(auditor, orSystemTime(clock))

  function settle<Q>(
    incoming: IncomingRequest<Q>,
    key: string,
    decision: Decision<R>,
    lookup: Lookup<CompiledRecord<R>> | null,
    at: number | null,
  ): Awaitable<Decision<R>> {
    if (!decision.ok) failures?.note(decision.reason, incoming.client)
    const written = auditor.listening() ? emitEvent(incoming, decision, lookup?.value ?? null, at) : null
    return written === null ? notifyUse(decision, at) : confirm(incoming, key, { decision, lookup, at }, written)
  }

  /**
   * Waits until the event is durable. Where a change has overtaken the lookup meanwhile, the token is looked up and
   * decided again. If that changes the outcome, a second event withdraws the first before the request is answered.
   */
  async function confirm<Q>(
    incoming: IncomingRequest<Q>,
    key: string,
    first: Verdict<R>,
    written: WrittenEvent,
  ): Promise<Decision<R>> {
    const subject = first.lookup?.value ?? null
    const withdraws = written.id
    let verdict = first
    let event: WrittenEvent | null = written
    for (let attempt = 1; event !== null; attempt++) {
      if (!(await event.durable)) {
        emitEvent(incoming, UNAVAILABLE, subject, null, { withdraws, awaited: false })
        return UNAVAILABLE
      }
      const { lookup, decision } = verdict
      if (lookup === null || lookups.admits(lookup)) break
      verdict = attempt <= MOST_REPEATS ? await decideAgain(incoming, key) : verdicts.outOfDate()
      if (isSameOutcome(verdict.decision, decision)) continue
      const record = verdict.lookup?.value ?? subject
      event = emitEvent(incoming, verdict.decision, record, verdict.at, { withdraws, awaited: true })
    }
    return notifyUse(verdict.decision, verdict.at)
  }

  function decideAgain<Q>({ credential, client }: IncomingRequest<Q>, key: string): Awaitable<Verdict<R>> {
    return verdicts.resolveCredential(key, credential as string, client)
  }

  function emitEvent<Q>(
    { request, reader, client }: IncomingRequest<Q>,
    decision: Decision<R>,
    record: CompiledRecord<R> | null,
    at: number | null,
    withdrawal?: Withdrawal,
  ): WrittenEvent | null {
    const clientIp = client === null ? null : client.text
    return audit.emit({ kind: 'use', decision, record, clientIp, at }, request, reader, withdrawal)
  }

  /** Called last, since what a listener does about a use may overtake the lookup. */
  function notifyUse(decision: Decision<R>, at: number | null): Decision<R> {
    if (decision.ok && onUse !== null) {
      const { record, clientIp } = decision.grant
      notify(() => onUse(record, at as number, clientIp), onUseFailed)
    }
    return decision
  }

  function onUseFailed(cause: unknown): void {
    report(new PatError('ERR_PAT_ON_USE_FAILED', 'onUse failed', cause))
  }

  function refuse<Q>(denied: Denied, grant: Grant<R> | null, request: Q, reader: RequestReader<Q>): Awaitable<Denied> {
    const record = grant === null ? null : compiledOf(grant)
    const use = { kind: 'refused', decision: denied, record, clientIp: grant?.clientIp ?? null, at: null } as const
    const written = audit.emit(use, request, reader)
    if (written === null) return denied
    return written.durable.then((durable) => {
      if (durable) return denied
      audit.emit({ ...use, decision: UNAVAILABLE }, request, reader, { withdraws: written.id, awaited: false })
      return UNAVAILABLE
    })
  }

  return { settle, refuse }
}
