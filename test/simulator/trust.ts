import type { Link } from './link.ts'
import type { World } from './world.ts'

/** Whether a node may answer from memory now: no message can have been kept from it for longer than its lease. */
export function trusts({ live, asOf, clock }: Link, { plan }: World): boolean {
  if (plan.channel === 'none') return true
  const now = clock()
  return live && (asOf === Number.POSITIVE_INFINITY || (now >= asOf && now - asOf <= plan.leaseMs))
}
