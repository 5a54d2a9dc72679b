import { deepStrictEqual as deepEqual, strictEqual as equal, ok } from 'node:assert/strict'
import type { DueNotice, NoticeQuery } from '../stores/token-store.ts'
import { at, type Case, type Harness, HOUR, MINUTE, NO_RULES, unsharedTime } from './harness.ts'

/** Cases on notices of tokens that end soon. */
export const NOTICE_CASES: readonly Case[] = [
  {
    name: 'concurrent callers claim each due notice once, and of a token only the most urgent',
    async check(harness) {
      const soon = unsharedTime()
      const { id, create, update } = harness
      for (let n = 0; n < 12; n++) await create(`t${n}`, { expiresAt: soon((n + 1) * HOUR) })
      await create('revoked', { expiresAt: soon(HOUR), revokedAt: soon(0) })
      await create('ended', { expiresAt: soon(0) })
      await create('endless')
      const claim = (hours: number) => claimed(harness, { now: soon(hours * HOUR) })
      const first = (await Promise.all([claim(0), claim(0), claim(0)])).flat()
      deepEqual(
        first.map(({ tokenId }) => tokenId).toSorted(),
        hours(1, 8)
          .map((n) => id(`t${n - 1}`))
          .toSorted(),
      )
      deepEqual(
        first
          .map(({ withinMs, endsAt }) => [endsAt.getTime() - soon(0).getTime(), withinMs])
          .toSorted(([a = 0], [b = 0]) => a - b),
        hours(1, 8).map((n) => [n * HOUR, (n <= 2 ? 2 : 8) * HOUR]),
      )
      deepEqual(await claim(0), [])
      await update('t4', 1, { set: { expiresAt: soon(9 * HOUR) } })
      await update('t5', 1, { set: { revokedAt: soon(0) } })
      const delivered = first.filter(({ tokenId }) => tokenId !== id('t3'))
      equal(await harness.store.confirmNotices(delivered, soon(1)), 7)
      equal(await harness.store.confirmNotices(delivered.slice(0, 1), soon(1)), 0)
      // Renewed tokens have another end. Notices come again if not confirmed, or if more urgent now.
      deepEqual(
        (await claim(1)).map(({ tokenId, withinMs }) => [tokenId, withinMs / HOUR]),
        [
          [id('t2'), 2],
          [id('t3'), 8],
          [id('t4'), 8],
          [id('t8'), 8],
        ],
      )
    },
  },
  {
    name: 'claims as many notices as are asked for, those that end first, and of ends by the rules of life',
    async check(harness) {
      const soon = unsharedTime()
      const { id, create } = harness
      for (let n = 0; n < 5; n++)
        await create(`t${n}`, {
          issuedAt: soon(n * MINUTE),
          createdAt: soon(0),
          lastUsedAt: n === 0 ? soon(30 * MINUTE) : null,
        })
      const ids = async (change: Partial<NoticeQuery>) =>
        (await claimed(harness, { now: soon(HOUR), ...change })).map(({ tokenId, withinMs }) => [
          tokenId,
          withinMs / HOUR,
        ])
      const maximum = { ...NO_RULES, maximumMs: 3 * HOUR + 2 * MINUTE }
      deepEqual(await ids({ life: maximum, withinMs: [2 * HOUR] }), [])
      deepEqual(await ids({ life: maximum, limit: 2 }), [
        [id('t0'), 8],
        [id('t1'), 8],
      ])
      // A use moves an end by idleness: days that are no less than it would give a notice after each.
      const idle = { ...NO_RULES, idleMs: 2 * HOUR }
      deepEqual(await ids({ life: idle, withinMs: [2 * HOUR] }), [])
      deepEqual(await ids({ life: idle, withinMs: [HOUR + 2 * MINUTE] }), [
        [id('t1'), 62 / 60],
        [id('t2'), 62 / 60],
      ])
    },
  },
  {
    name: 'notices of ends that are past are forgotten',
    async check(harness) {
      const soon = unsharedTime()
      await harness.create('a', { expiresAt: soon(HOUR) })
      const [notice] = await claimed(harness, { now: soon(0) })
      ok(notice)
      await harness.store.prune(soon(HOUR - 1))
      deepEqual(await claimed(harness, { now: soon(0) }), [])
      await harness.store.prune(soon(HOUR))
      equal(await harness.store.confirmNotices([notice], soon(1)), 0)
    },
  },
]

/** Claims notices, and gives back those of the organization: other organizations may have some that are due. */
async function claimed({ store, owner }: Harness, change: Partial<NoticeQuery>): Promise<readonly DueNotice[]> {
  const mine: DueNotice[] = []
  const query = {
    ...{ withinMs: [2 * HOUR, 8 * HOUR], now: at(0), life: NO_RULES, claimedBefore: at(0), limit: 100 },
    ...(change.now !== undefined && { claimedBefore: new Date(change.now.getTime() - 10 * MINUTE) }),
    ...change,
  }
  for (const notice of await store.claimNotices(query)) {
    if (notice.token.organizationId === owner.organizationId) mine.push(notice)
  }
  return mine
}

function hours(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
