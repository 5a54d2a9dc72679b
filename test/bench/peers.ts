import { fullOrQuick } from './harness/flags.ts'
import { freshValues } from './harness/fresh-values.ts'
import { interleave, type Runner, runnerOf, timingRow } from './harness/interleave.ts'
import { publish } from './harness/report.ts'
import { rounded } from './harness/statistics.ts'
import { atLeast } from './harness/target.ts'
import { betterAuthPeers } from './peers-of/better-auth.ts'
import { opaqueTokenPeers } from './peers-of/opaque-tokens.ts'
import { allows, type Peer, versionsOf } from './peers-of/peer.ts'
import { signedTokenPeers } from './peers-of/signed-tokens.ts'

/** How many times faster than each peer patkit is to be. */
const VALID_TARGETS: Readonly<Record<string, number>> = {
  'hono bearerAuth': 2.7,
  'passport-http-bearer': 3.3,
  'prefixed-api-key': 3.4,
  'jsonwebtoken HS256': 12,
  'express-jwt HS256': 30,
}
const UNKNOWN_TARGETS: Readonly<Record<string, number>> = { 'hono bearerAuth': 15, 'passport-http-bearer': 2.5 }

const ROUNDS = { rounds: fullOrQuick(60, 8), blockMs: fullOrQuick(20, 8) }

const peers = [...(await opaqueTokenPeers()), ...signedTokenPeers(), ...(await betterAuthPeers())]
for (const peer of peers) await check(peer)
publish({
  title: 'Peers and their configuration',
  note: 'Each gets a fresh header string and a request object with what it reads. The Map `records` has SHA-256 digests.',
  rows: peers.map(({ name, packages, configuration }) => ({
    case: name,
    versions: versionsOf(packages),
    configuration: `\`${configuration}\``,
  })),
})
await compareAll('Valid tokens', 'peers-valid', peers.map(validRunner), VALID_TARGETS)
await compareAll(
  'Unknown tokens that are presented again',
  'peers-unknown',
  peers.map((peer) => unknownRunner(peer, peer.unknownValues)),
  UNKNOWN_TARGETS,
)
await compareAll(
  'Unknown tokens that are presented for the first time',
  'peers-new',
  peers.flatMap((peer) => (peer.newValues === undefined ? [] : [unknownRunner(peer, peer.newValues)])),
  {},
)

/** A peer that is set up wrong would be timed for the wrong thing. */
async function check(peer: Peer): Promise<void> {
  for (const value of peer.values)
    if (!(await allows(peer, value))) throw new Error(`bench: ${peer.name} refused a valid token`)
  for (const value of peer.unknownValues.slice(0, 100))
    if (await allows(peer, value)) throw new Error(`bench: ${peer.name} allowed an unknown token`)
}

async function compareAll(
  title: string,
  file: string,
  runners: readonly Runner[],
  targets: Readonly<Record<string, number>>,
): Promise<void> {
  const timings = await interleave(runners, ROUNDS)
  const [ours] = timings
  if (ours === undefined) return
  const rows = timings.map((timing) => {
    const row = timingRow(timing, ours)
    return { ...row, target: atLeast(row['×, median'], targets[timing.name]) }
  })
  publish({
    title,
    note: `× = patkit in the same round; ${ROUNDS.rounds} rounds, ${ROUNDS.blockMs} ms a turn; processor time.`,
    rows,
    plot: {
      kind: 'bars',
      file,
      unit: 'microseconds of processor time, median',
      scale: 'log',
      bars: rows.map((row) => ({
        label: row.case,
        value: rounded(row['µs, median']),
        isOurs: row.case === ours.name,
      })),
    },
  })
}

function validRunner({ name, present, values }: Peer): Runner {
  const next = freshValues(values)
  return runnerOf(name, () => present(next()))
}

/** Refusals that are thrown are caught, as an app would. */
function unknownRunner({ name, present }: Peer, values: readonly string[]): Runner {
  const next = freshValues(values)
  const block = async (count: number) => {
    for (let index = 0; index < count; index++) {
      try {
        const result = present(next())
        if (result instanceof Promise) await result
      } catch {}
    }
  }
  return { name, block }
}
