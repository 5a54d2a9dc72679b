import type { InvalidationChannel } from '@patkit/core'
import type { Core } from '../contract/core.ts'
import type { Answer, Decided } from './answer.ts'
import { type AuditTrail, createAuditTrail } from './audit-trail.ts'
import { createHousekeeping } from './housekeeping.ts'
import { createLink, type Link, overheard } from './link.ts'
import { createRoute, type Route } from './network.ts'
import { createNode, type Node } from './node.ts'
import { type Evidence, objectionTo } from './oracle.ts'
import { createRealChannels } from './real-channels.ts'
import { createScriptedResolver } from './scripted-resolver.ts'
import { countSituations } from './situations.ts'
import type { Harness } from './steps.ts'
import { trusts } from './trust.ts'
import { unavailableWithoutCause } from './unavailable.ts'
import type { Wire } from './wire.ts'
import type { World } from './world.ts'

const NAMES = ['A', 'B', 'C', 'D']

type Connect = (link: Link) => InvalidationChannel | null

/** Builds the nodes of a walk and what lies between them. Every answer is judged when it is given. */
export function createHarness(core: Core, world: World, object: (objection: string) => void): Harness {
  const housekeeping = createHousekeeping(world)
  const resolver = createScriptedResolver(world, housekeeping.lookedUp)
  const routes: Route[] = []
  const wires: Wire[] = []
  const links = NAMES.slice(0, world.plan.nodes).map((name) => createLink(name, world, object))
  const connect = connector(core, world, routes, wires)
  const trail = world.plan.auditTimeoutMs === null ? null : createAuditTrail(world, observe)
  const evidence: Evidence = {
    world,
    resolver,
    trail,
    links: new Map(links.map((link) => [link.node, link])),
    othersWaiting,
  }

  const nodes = links.map((link) =>
    createNode({
      core,
      world,
      link,
      channel: connect(link),
      resolver,
      audit: trail,
      onUse: housekeeping.used,
      onFault(code) {
        world.count(`fault: ${code}`)
        world.note(() => `  ${link.node} reports ${code}`)
      },
      onAnswer(answer) {
        countSituations(answer, evidence)
        harness.answers.push(answer)
        const judge = answer.outcome === 'unavailable' ? unavailableWithoutCause : objectionTo
        const objection = judge(answer, evidence) ?? notOnRecord(answer, trail)
        if (objection !== null) object(`#${answer.question.number} ${answer.outcome}: ${objection}`)
      },
    }),
  )
  const harness: Harness = {
    world,
    resolver,
    trail,
    nodes,
    routes,
    wires,
    chores: housekeeping.chores,
    unannounced: [],
    answers: [],
    waitingBefore: [],
  }

  function othersWaiting(number: number, name: string): number {
    const waiting = new Set([...harness.waitingBefore, ...nodes.flatMap((node) => [...node.waiting])])
    return [...waiting].filter((question) => question.node === name && question.number !== number).length
  }

  /** The node that was asked, as it is now. */
  function observe(number: number): Pick<Decided, 'trusted' | 'othersWaiting'> {
    const node = nodes.find(({ waiting }) => [...waiting].some((question) => question.number === number)) as Node
    return { trusted: trusts(node.link, world), othersWaiting: othersWaiting(number, node.name) }
  }

  return harness
}

/** No request is allowed, or refused for its token, before the last event on record says so. */
function notOnRecord({ question, outcome }: Answer, trail: AuditTrail | null): string | null {
  if (trail === null || outcome === 'unavailable' || outcome === 'unknown_token') return null
  const lastWord = trail.lastWord(question.number)
  return lastWord === outcome ? null : `on record: the log says ${lastWord}`
}

function connector(core: Core, world: World, routes: Route[], wires: Wire[]): Connect {
  const { channel: kind } = world.plan
  if (kind === 'none') return () => null
  if (kind === 'in-process') {
    const channel = core.inProcessChannel()
    return (link) => overheard(channel, link)
  }
  if (kind !== 'network') {
    const channels = createRealChannels(core, world)
    wires.push(...channels.wires)
    return channels.of
  }
  return (link) => {
    const route = createRoute(link, routes, world)
    routes.push(route)
    return route.channel
  }
}
