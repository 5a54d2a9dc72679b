import { isId, refuseUnknownMembers, validCount } from '../input/fields.ts'
import type { TokenView } from '../listing/token-view.ts'
import type { LifeRules, NoticeKey, NoticeQuery, Token, TokenStore } from '../stores/token-store.ts'
import { invalidInput } from '../token-error.ts'
import { lifeEnd } from './lifetime.ts'

export interface NoticesInput {
  /** Days before the end of a token from which on there is a notice: whole numbers, 1 to 3650, up to 10 of them. */
  readonly within: readonly number[]
  /** 1 to 1000, default 100. */
  readonly limit?: number
}

/** A notice that a token is about to end. */
export interface Notice {
  /** Always the same for one token, end and number of days, so that a receiver can drop duplicates. */
  readonly id: string
  /** The number of days, one of `within`. */
  readonly within: number
  readonly endsAt: Date
  readonly token: TokenView
}

export interface NoticeVerbs {
  notices(input: NoticesInput): Promise<readonly Notice[]>
  confirmNotices(ids: readonly string[]): Promise<number>
}

const DAY_MS = 86_400_000
/** How long a caller has to confirm. */
const CLAIM_MS = 600_000
const MOST_DAYS = 3_650
const MOST_PERIODS = 10
const MOST_NOTICES = 1_000
const DEFAULT_NOTICES = 100
const ID = /^(\d{1,16})\.(\d{1,4})\.(.+)$/su

export function createNotices(
  store: TokenStore,
  life: LifeRules,
  clock: () => number,
  view: (token: Token) => TokenView,
): NoticeVerbs {
  return {
    async notices({ within, limit = DEFAULT_NOTICES, ...unknown }) {
      refuseUnknownMembers(unknown)
      const now = clock()
      const due = await store.claimNotices({
        withinMs: validPeriods(within).map((days) => days * DAY_MS),
        now: new Date(now),
        life,
        claimedBefore: new Date(now - CLAIM_MS),
        limit: validCount('limit', limit, 1, MOST_NOTICES),
      })
      return due.map(({ token, ...key }) => ({
        id: idOf(key),
        within: key.withinMs / DAY_MS,
        endsAt: key.endsAt,
        token: view(token),
      }))
    },
    async confirmNotices(ids) {
      if (!Array.isArray(ids) || ids.length > MOST_NOTICES) {
        throw invalidInput('ids', `must be an array of at most ${MOST_NOTICES} ids of notices`)
      }
      return store.confirmNotices(ids.map(keyOf), new Date(clock()))
    },
  }
}

/** Which notice of a token is due at an instant; `null` for none. */
export function dueNotice(token: Token, { withinMs, now, life }: NoticeQuery): NoticeKey | null {
  const endsAt = lifeEnd(token, life)
  if (endsAt === null || token.revokedAt !== null || endsAt <= now) return null
  const fixed = lifeEnd(token, { ...life, idleMs: null })
  const longest = fixed !== null && fixed <= endsAt ? null : life.idleMs
  const left = endsAt.getTime() - now.getTime()
  const due = withinMs.find((ms) => left <= ms)
  if (due === undefined || (longest !== null && due >= longest)) return null
  return { tokenId: token.id, endsAt, withinMs: due }
}

function idOf({ tokenId, endsAt, withinMs }: NoticeKey): string {
  return `${endsAt.getTime()}.${withinMs / DAY_MS}.${tokenId}`
}

function keyOf(id: string, index: number): NoticeKey {
  const [, endsAt, days, tokenId] = ID.exec(typeof id === 'string' ? id : '') ?? []
  const instant = new Date(Number(endsAt))
  if (!isId(tokenId) || Number.isNaN(instant.getTime()))
    throw invalidInput(`ids/${index}`, 'must be the id of a notice')
  return { tokenId, endsAt: instant, withinMs: Number(days) * DAY_MS }
}

/** @returns each once, the shortest first */
function validPeriods(within: readonly number[]): readonly number[] {
  if (!Array.isArray(within) || within.length < 1 || within.length > MOST_PERIODS) {
    throw invalidInput('within', `must be an array of 1 to ${MOST_PERIODS} numbers of days`)
  }
  const days = within.map((count, index) => validCount(`within/${index}`, count, 1, MOST_DAYS))
  return [...new Set(days)].sort((a, b) => a - b)
}
