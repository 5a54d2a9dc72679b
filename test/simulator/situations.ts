import type { Answer } from './answer.ts'
import { type Evidence, hits, linkOf, verdictOn } from './oracle.ts'
import type { Call } from './scripted-resolver.ts'
import { sightOf } from './truth.ts'

/** Counts what an answer shows of the walk, so that one sees what walks come by. */
export function countSituations(answer: Answer, evidence: Evidence): void {
  const { world, resolver } = evidence
  const { question, outcome, waited } = answer
  const skewMs = linkOf(question, evidence).skewAt(answer.seq)
  const count = (what: string) => world.count(`situation: ${what}`)
  world.count(`answer: ${outcome}, ${waited ? 'waited for' : 'from memory'}`)
  const truth = verdictOn(sightOf(world.truth.current, question.credential), answer.at + skewMs)
  const settledSince = resolver.calls.filter(
    ({ node, credentials, settledIn }) =>
      node === question.node && credentials.includes(question.credential) && (settledIn ?? -1) >= question.turn,
  )
  if (!question.trusted) count('asked while memory could not be trusted')
  if (settledSince.length > 1 && outcome !== 'unavailable') count('asked again, as the first answer was out of date')
  if (settledSince.some(({ seq }) => seq < question.seq)) count('joined a lookup that was under way')
  if (outcome === 'allowed' && truth !== 'allowed') count(`still allowed, though ${truth}: ${excuse(answer, evidence)}`)
  if (outcome !== 'allowed' && outcome !== 'unavailable' && truth === 'allowed')
    count(`still ${outcome}, though allowed`)
}

/** Why a node may not know yet. */
function excuse({ call: number, question }: Answer, { resolver, world }: Evidence): string {
  const call = resolver.calls[(number ?? 0) - 1] as Call
  const sight = call.sights?.get(question.credential) ?? null
  const announced = world.announcements.filter(({ what, seq }) => seq > call.seq && hits(what, sight))
  if (announced.some(({ heardBy, sent }) => sent && !heardBy.has(question.node)))
    return 'the message is under way or lost'
  if (announced.length > 0) return 'the message could not be sent'
  return world.announcements.some(({ what }) => hits(what, sight))
    ? 'announced before the lookup, which saw a replica or a later change'
    : 'not announced'
}
