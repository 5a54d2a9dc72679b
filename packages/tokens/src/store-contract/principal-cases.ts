import { deepStrictEqual as deepEqual, strictEqual as equal, rejects } from 'node:assert/strict'
import type { Principal } from '../stores/token-store.ts'
import { at, type Case, EVERY_EVENT } from './harness.ts'

/** Cases on principals. */
export const PRINCIPAL_CASES: readonly Case[] = [
  {
    name: 'principals are put once however many do so, found, and listed in order',
    async check({ store, owner, principal }) {
      await Promise.all(Array.from({ length: 8 }, () => principal({ principalId: 'b', ceiling: ['x'] })))
      await principal({ principalId: 'a', kind: 'service', disabledAt: at(1) })
      deepEqual(await store.findPrincipal({ ...owner, principalId: 'a' }), {
        organizationId: owner.organizationId,
        principalId: 'a',
        kind: 'service',
        disabledAt: at(1),
        ceiling: null,
      })
      equal(await store.findPrincipal({ ...owner, principalId: 'A' }), null)
      const some = await store.findPrincipals(owner.organizationId, ['b', 'missing', 'a', 'B'])
      deepEqual(some.map(({ principalId, ceiling }) => [principalId, ceiling]).toSorted(), [
        ['a', null],
        ['b', ['x']],
      ])
      deepEqual(await store.findPrincipals(owner.organizationId, []), [])
      deepEqual(await store.findPrincipals('elsewhere', ['a']), [])
      const ids = async (after: string | null, limit: number, kind: Principal['kind'] | null = null) =>
        (await store.listPrincipals(owner.organizationId, after, limit, kind)).map(({ principalId }) => principalId)
      deepEqual(await ids(null, 10), ['a', 'b', 'owner'])
      deepEqual(await ids('a', 1), ['b'])
      deepEqual(await ids(null, 10, 'service'), ['a'])
      deepEqual(await ids(null, 1, 'user'), ['b'])
      deepEqual(await ids('a', 10, 'service'), [])
    },
  },
  {
    name: 'of principals inserted at once one is written, with its event, and none over one that is there',
    async check({ store, owner, event }) {
      const added = { ...owner, principalId: 'added' }
      const insert = (ceiling: string) => {
        const principal = { ...added, kind: 'user', disabledAt: null, ceiling: [ceiling] } as const
        return store.insertPrincipal(principal, { ...event('principal', null), ...added })
      }
      const outcomes = await Promise.all(Array.from({ length: 8 }, (_, n) => insert(`scope${n}`)))
      equal(outcomes.filter((outcome) => outcome === 'ok').length, 1)
      equal(outcomes.filter((outcome) => outcome === 'duplicate').length, 7)
      deepEqual((await store.findPrincipal(added))?.ceiling, [`scope${outcomes.indexOf('ok')}`])
      const disabled = await store.changePrincipal(added, (found) => ({ ...found, disabledAt: at(1) }), {
        ...event('principal', null),
        ...added,
      })
      equal(await insert('later'), 'duplicate')
      deepEqual(await store.findPrincipal(added), disabled)
      const query = { scope: added, filter: EVERY_EVENT, descending: true, after: null, limit: 100 }
      equal((await store.audit.list(query)).length, 2)
    },
  },
  {
    name: 'of changes of a principal at once none is lost',
    async check({ store, owner, event, principal }) {
      const ceiling = Array.from({ length: 20 }, (_, index) => `scope${index}`)
      await principal({ ceiling })
      const changed = await Promise.all(
        ceiling.map((gone) =>
          store.changePrincipal(
            owner,
            (found) => ({ ...found, ceiling: (found.ceiling ?? []).filter((scope) => scope !== gone) }),
            event('principal', null),
          ),
        ),
      )
      const left = changed.map((found) => found?.ceiling?.length ?? -1).sort((a, b) => a - b)
      deepEqual(
        left,
        ceiling.map((_, index) => index),
      )
      deepEqual((await store.findPrincipal(owner))?.ceiling, [])
      const query = { scope: owner, filter: EVERY_EVENT, descending: true, after: null, limit: 100 }
      // The harness has put the principal once, and this case another time.
      equal((await store.audit.list(query)).length, 2 + ceiling.length)
    },
  },
  {
    name: 'a change of a missing principal, or one that throws or changes nothing, writes nothing',
    async check({ store, owner, event }) {
      const disabled = (found: Principal): Principal => ({ ...found, disabledAt: at(1) })
      const nobody = { ...owner, principalId: 'nobody' }
      equal(await store.changePrincipal(nobody, disabled, { ...event('principal', null), ...nobody }), null)
      equal(await store.findPrincipal(nobody), null)
      const before = await store.findPrincipal(owner)
      const refuse = () => {
        throw new RangeError('no')
      }
      await rejects(store.changePrincipal(owner, refuse, event('principal', null)), RangeError)
      deepEqual(await store.changePrincipal(owner, (found) => found, event('principal', null)), before)
      deepEqual(await store.findPrincipal(owner), before)
      deepEqual((await store.changePrincipal(owner, disabled, event('principal', null)))?.disabledAt, at(1))
      deepEqual(await store.findPrincipal(owner), { ...before, disabledAt: at(1) })
    },
  },
]
