import type { TracedRecord } from './scripted-resolver.ts'
import type { World } from './world.ts'

/** What the system does by itself because a request has shown it something, as `@patkit/tokens` does. */
export type Chore =
  /** The first use of a rotated token's new secret ends the old ones. */
  | { readonly kind: 'adopt'; readonly node: string; readonly id: string; readonly secret: number }
  /** A use is written to the token's row, which changes no version. */
  | { readonly kind: 'touch'; readonly node: string; readonly id: string; readonly at: number }
  /** An ended secret that comes back is put on record. */
  | { readonly kind: 'reuse'; readonly node: string; readonly id: string }

export interface Housekeeping {
  readonly chores: Chore[]
  /** Takes note of a use that was let in. */
  used(node: string, record: Readonly<TracedRecord>, at: number): void
  /** Takes note of a record that was looked up. */
  lookedUp(node: string, record: TracedRecord): void
}

export function createHousekeeping(world: World): Housekeeping {
  const chores: Chore[] = []
  const isDue = (kind: Chore['kind'], id: string) => chores.some((chore) => chore.kind === kind && chore.id === id)
  return {
    chores,
    used(node, { id, digest, awaitsAdoption }, at) {
      if (!isDue('touch', id)) chores.push({ kind: 'touch', node, id, at })
      if (awaitsAdoption) chores.unshift({ kind: 'adopt', node, id, secret: Number(digest.split('.')[1]) })
    },
    lookedUp(node, { id, secretEndsAt }) {
      const isEnded = secretEndsAt != null && secretEndsAt.getTime() <= world.timeline.now
      if (isEnded && !isDue('reuse', id)) chores.push({ kind: 'reuse', node, id })
    },
  }
}
