import { setImmediate } from 'node:timers/promises'
import { digestToken } from '@patkit/core'
import { type Actor, type Imported, type Owner, TokenError, type TokenService } from '@patkit/tokens'
import { inParallel } from '../bulk.ts'
import { type ForeignToken, isFault, type LineFault } from './foreign-token.ts'
import { createFaultList, createTally, type FaultList, type Tally } from './import-tally.ts'
import type { ForeignTokens } from './read-foreign-tokens.ts'
import { createSeenDigests } from './seen-digests.ts'

export interface ImportAllOptions {
  readonly tokens: Pick<TokenService, 'import' | 'checkImport' | 'getPrincipal' | 'putPrincipal'>
  readonly actor: Actor
  /** Opens the file from its beginning. It is read twice, and must not change in between. */
  readonly open: () => ForeignTokens
  /** Whether a token of any owner has this id. Without it, a conflict with another owner is found at the write. */
  readonly isIdTaken?: (id: string) => Promise<boolean>
  /** What owners that do not exist are created as. Default `null`: a token of one is a fault. */
  readonly createOwners?: 'user' | 'service' | null
  /** Whether to stop before the first write. The counts are those of an import. Default `false`. */
  readonly checkOnly?: boolean
  /** How many tokens are under way at once. Default 16. */
  readonly concurrency?: number
  /** Lets others have their turn, before each 16th line of the file. Default: those that wait for the event loop. */
  readonly turn?: () => Promise<unknown>
  /** Called after each token. What it throws stops the import, which can be run again. */
  readonly onProgress?: (progress: ImportProgress) => void
}

export interface ImportProgress {
  readonly phase: 'check' | 'write'
  /** Tokens and faults so far, in this phase. */
  readonly done: number
}

export interface ImportReport extends Tally, FaultList {
  /** Owners that were created, or would be. */
  readonly createdOwners: number
  /** See `ForeignTokens`. */
  readonly ignored: ReadonlyMap<string, number>
  readonly absent: readonly string[]
}

/** The work on each token of a pass. */
interface Step {
  readonly take: (token: ForeignToken) => Promise<Imported | LineFault>
  readonly createdOwners: () => number
}

const CONCURRENCY = 16
/** A database on this thread never waits: so many lines are read and written between two turns of others. */
const LINES_PER_TURN = 16

/**
 * Imports a file: first all of it is checked, and with a fault anywhere nothing is written. Then it is written; tokens
 * that exist are not changed, so an interrupted import is finished by running it again.
 *
 * Rejects with what the store, the file or `onProgress` throws. A token that is refused while
 * writing, because something has changed since the check, is a fault; the others are written.
 */
export async function importAll(options: ImportAllOptions): Promise<ImportReport> {
  const checked = await pass(options, 'check', createCheck(options))
  if (options.checkOnly === true) return checked
  if (checked.faultCount > 0) return { ...checked, ...createTally().result(), createdOwners: 0 }
  return pass(options, 'write', createWrite(options))
}

async function pass(options: ImportAllOptions, phase: ImportProgress['phase'], step: Step): Promise<ImportReport> {
  const { open, concurrency = CONCURRENCY, turn = () => setImmediate(), onProgress } = options
  const items = open()
  const tally = createTally()
  const faults = createFaultList()
  let done = 0
  let begun = 0
  await inParallel(items, concurrency, async (item) => {
    if (++begun % LINES_PER_TURN === 0) await turn()
    const outcome = isFault(item) ? item : await step.take(item)
    if (isFault(outcome)) faults.add(outcome)
    else if (!isFault(item)) tally.add(item.owner, outcome)
    onProgress?.({ phase, done: ++done })
  })
  const { ignored } = items
  const createdOwners = step.createdOwners()
  return { ...tally.result(), ...faults.result(), createdOwners, ignored, absent: items.absent() }
}

function createCheck({ tokens, actor, isIdTaken, createOwners = null }: ImportAllOptions): Step {
  const digests = createSeenDigests()
  const ids = createSeenDigests()
  const owners = createSeenDigests()
  let missing = 0

  /** The other token of this file that an import would take for the same one. */
  function twinOf({ line, input }: ForeignToken): LineFault | null {
    const twin = digests.lineOf(input.digest, line)
    if (twin !== null) return { line, field: 'digest', problem: `is the digest of line ${twin} as well` }
    const namesake = input.id === undefined ? null : ids.lineOf(digestToken(input.id), line)
    return namesake === null ? null : { line, field: 'id', problem: `is the id of line ${namesake} as well` }
  }

  return {
    async take(token) {
      const twin = twinOf(token)
      if (twin !== null) return twin
      const { line, owner, input } = token
      return unlessRefused(line, async () => {
        const checked = await tokens.checkImport(actor, owner, input)
        if (checked.imported && input.id !== undefined && (await isIdTaken?.(input.id)) === true) {
          return { line, field: 'id', problem: 'another token has this id' }
        }
        if (checked.ownerExists) return checked
        if (createOwners === null) return { line, field: 'principal', problem: 'does not exist' }
        if (createOwners === 'service' && input.userId === owner.principalId) {
          return { line, field: 'userId', problem: 'is the owner, which would be created as a service' }
        }
        if (owners.lineOf(digestToken(keyOf(owner)), line) === null) missing++
        return checked
      })
    },
    createdOwners: () => missing,
  }
}

function createWrite({ tokens, actor, createOwners = null }: ImportAllOptions): Step {
  const beingCreated = new Map<string, Promise<void>>()
  let created = 0

  async function create(owner: Owner, kind: 'user' | 'service'): Promise<void> {
    // Another import may have written this token in the meantime: the first one counts.
    if (await exists(tokens, owner)) return
    await tokens.putPrincipal(actor, { ...owner, kind, disabledAt: null, ceiling: null })
    created++
  }

  async function createOnce(owner: Owner, kind: 'user' | 'service'): Promise<void> {
    const key = keyOf(owner)
    const underWay = beingCreated.get(key) ?? create(owner, kind).finally(() => beingCreated.delete(key))
    beingCreated.set(key, underWay)
    await underWay
  }

  return {
    take: ({ line, owner, input }) =>
      unlessRefused(line, async () => {
        try {
          return await tokens.import(actor, owner, input)
        } catch (error) {
          if (createOwners === null || !isMissingOwner(error)) throw error
          await createOnce(owner, createOwners)
          return tokens.import(actor, owner, input)
        }
      }),
    createdOwners: () => created,
  }
}

/** A refusal of the service is a fault of the line; any other error ends the import. */
async function unlessRefused<T>(line: number, work: () => Promise<T | LineFault>): Promise<T | LineFault> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    return { line, field: error.field, problem: error.message }
  }
}

async function exists(tokens: ImportAllOptions['tokens'], owner: Owner): Promise<boolean> {
  try {
    await tokens.getPrincipal(owner)
    return true
  } catch (error) {
    if (isMissingOwner(error)) return false
    throw error
  }
}

function isMissingOwner(error: unknown): boolean {
  return error instanceof TokenError && error.code === 'ERR_PAT_PRINCIPAL_NOT_FOUND'
}

function keyOf({ organizationId, principalId }: Owner): string {
  return JSON.stringify([organizationId, principalId])
}
