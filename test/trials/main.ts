import type { Scene } from '../simulator/plan.ts'

/** `pnpm trial <name> [arguments]`: what takes too long for `pnpm test`, which has a short form of each. */
const TRIALS: Readonly<Record<string, readonly [purpose: string, load: () => Promise<unknown>]>> = {
  simulate: ['walks 100 000 interleavings of requests, changes and messages', () => simulation('one')],
  nodes: ['walks 100 000 interleavings of several nodes and the channels between them', () => simulation('many')],
  kill: ['kills an API under load, and compares answers with the audit log', () => import('../outage/main.ts')],
  clickhouse: ['writes audit events to the engine of ClickHouse, which it installs', () => import('./clickhouse.ts')],
  console: ['shows the console on every mount, host, database and look', () => import('./console.ts')],
  revocation: [
    'revokes tokens in use on 4 nodes, on each channel and with faults',
    () => import('../revocation/main.ts'),
  ],
  operations: ['does 25 000 operations on one principal at once, on each store', () => import('./operations.ts')],
  repeat: ['runs the whole suite 4 times, and its parts with processes 20 times', () => import('./repeat.ts')],
}

async function simulation(scene: Scene): Promise<void> {
  const { runTrial } = await import('../simulator/main.ts')
  await runTrial(scene)
}

const [name = ''] = process.argv.splice(2, 1)
const trial = Object.hasOwn(TRIALS, name) ? TRIALS[name] : undefined
if (trial !== undefined) await trial[1]()
else {
  const lines = Object.entries(TRIALS).map(([known, [purpose]]) => `  ${known.padEnd(12)}${purpose}`)
  console.log(['Usage: npx -y pnpm trial <name> [arguments]', '', ...lines].join('\n'))
  process.exitCode = name === '' || name === '--help' ? 0 : 2
}
