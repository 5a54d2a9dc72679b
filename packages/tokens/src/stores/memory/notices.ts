import { dueNotice } from '../../lifecycle/notices.ts'
import type { NoticeKey, TokenStore } from '../token-store.ts'
import { compareText, type MemoryRows } from './rows.ts'

export function createNotices({
  tokens,
  notices,
}: Pick<MemoryRows, 'tokens' | 'notices'>): Pick<TokenStore, 'claimNotices' | 'confirmNotices'> {
  return {
    async claimNotices(query) {
      const due = [...tokens.values()].flatMap((token) => {
        const key = dueNotice(token, query)
        return key === null ? [] : [{ ...key, token }]
      })
      const claimed = due
        .filter((notice) => {
          const known = notices.get(noticeKey(notice))
          return known === undefined || (known.confirmedAt === null && known.claimedAt <= query.claimedBefore)
        })
        .sort((a, b) => a.endsAt.getTime() - b.endsAt.getTime() || compareText(a.tokenId, b.tokenId))
        .slice(0, query.limit)
      for (const { token: _, ...key } of claimed) {
        notices.set(noticeKey(key), { ...key, claimedAt: query.now, confirmedAt: null })
      }
      return claimed
    },

    async confirmNotices(claimed, now) {
      let confirmed = 0
      for (const key of claimed) {
        const known = notices.get(noticeKey(key))
        if (known === undefined || known.confirmedAt !== null) continue
        notices.set(noticeKey(key), { ...known, confirmedAt: now })
        confirmed++
      }
      return confirmed
    },
  }
}

function noticeKey({ tokenId, endsAt, withinMs }: NoticeKey): string {
  return JSON.stringify([tokenId, endsAt.getTime(), withinMs])
}
