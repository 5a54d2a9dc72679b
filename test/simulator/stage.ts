import type { InvalidationChannel } from '@patkit/core'
import type { Core } from '../contract/credentials.ts'
import { createLink, type Link, overheard } from './link.ts'
import { createRoute, type Route } from './network.ts'
import { createNode } from './node.ts'
import { type Evidence, objectionTo } from './oracle.ts'
import { createScriptedResolver } from './scripted-resolver.ts'
import { countSituations } from './situations.ts'
import type { Stage } from './steps.ts'
import { unavailableWithoutCause } from './unavailable.ts'
import type { World } from './world.ts'

type Connect = (link: Link) => InvalidationChannel | null

/** Builds the nodes of a walk and what lies between them. Every answer is judged when it is given. */
export function setStage(core: Core, world: World, object: (objection: string) => void): Stage {
  const resolver = createScriptedResolver(world)
  const routes: Route[] = []
  const links = (world.plan.channel === 'none' ? ['A'] : ['A', 'B']).map((name) => createLink(name, world))
  const connect = connector(core, world, routes)
  const evidence: Evidence = { world, resolver, links: new Map(links.map((link) => [link.node, link])), othersWaiting }

  const nodes = links.map((link) =>
    createNode({
      core,
      world,
      link,
      channel: connect(link),
      resolver,
      onFault(code) {
        world.count(`fault: ${code}`)
        world.note(() => `  ${link.node} reports ${code}`)
      },
      onAnswer(answer) {
        countSituations(answer, evidence)
        const judge = answer.outcome === 'unavailable' ? unavailableWithoutCause : objectionTo
        const objection = judge(answer, evidence)
        if (objection !== null) object(`#${answer.question.number} ${answer.outcome}: ${objection}`)
      },
    }),
  )
  const stage: Stage = { world, resolver, nodes, routes, unannounced: [], waitingBefore: [] }

  function othersWaiting(number: number, name: string): number {
    const waiting = new Set([...stage.waitingBefore, ...nodes.flatMap((node) => [...node.waiting])])
    return [...waiting].filter((question) => question.node === name && question.number !== number).length
  }

  return stage
}

function connector(core: Core, world: World, routes: Route[]): Connect {
  if (world.plan.channel === 'none') return () => null
  if (world.plan.channel === 'in-process') {
    const channel = core.inProcessChannel()
    return (link) => overheard(channel, link)
  }
  return (link) => {
    const route = createRoute(link, routes, world)
    routes.push(route)
    return route.channel
  }
}
