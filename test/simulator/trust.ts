import type { Link } from './link.ts'
import type { World } from './world.ts'

/** Whether a node may answer from memory now: no message can have been kept from it for longer than its lease. */
export function trusts({ live, asOf }: Link, { plan, timeline }: World): boolean {
  if (plan.channel === 'none') return true
  return live && (asOf === Number.POSITIVE_INFINITY || (timeline.now >= asOf && timeline.now - asOf <= plan.leaseMs))
}
