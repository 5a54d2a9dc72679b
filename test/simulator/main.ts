import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createCopiesFolder, loadChangedCore } from '../contract/changed-core.ts'
import { core } from '../contract/core.ts'
import { findCounterexample } from './counterexample.ts'
import { narrate } from './narrate.ts'
import { SAFEGUARDS } from './safeguards.ts'
import { type Simulation, simulate } from './simulate.ts'

/** The seeds on record are 0 up to, and without, this. */
const SEEDS = 100_000
const SEEDS_AT_ONCE = 1_000
/** Seeds to find a counterexample among. */
const SEARCHED = 20_000
/** A walk of so few steps is easily read. */
const FEW_STEPS = 12

const USAGE = `Walks through interleavings of requests, lookups, changes and messages, and checks what patkit promises.

  pnpm trial simulate                  walks the seeds 0 to ${SEEDS - 1} and says what they came by
  pnpm trial simulate 4711             walks one seed and prints it step by step
  pnpm trial simulate --without lease  removes a safeguard from a copy of core and prints a counterexample

Safeguards: ${SAFEGUARDS.map(({ name }) => `"${name}"`).join(', ')}`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { without: { type: 'string' }, help: { type: 'boolean' } },
})
const seed = positionals[0] === undefined ? null : Number(positionals[0])

if (values.help || (seed !== null && !Number.isSafeInteger(seed))) console.log(USAGE)
else if (values.without !== undefined) await printCounterexample(values.without, seed)
else if (seed !== null) console.log(await narrate(core, seed))
else report(await simulateAll())

async function simulateAll(): Promise<Simulation> {
  const all: Simulation[] = []
  for (let first = 0; first < SEEDS; first += SEEDS_AT_ONCE) {
    all.push(await simulate(core, first, first + SEEDS_AT_ONCE))
    process.stderr.write(`\r${(first + SEEDS_AT_ONCE).toLocaleString('en')} of ${SEEDS.toLocaleString('en')} walks `)
  }
  process.stderr.write('\n')
  const counts = new Map<string, number>()
  for (const [what, times] of all.flatMap((part) => [...part.counts])) counts.set(what, (counts.get(what) ?? 0) + times)
  return { counts, violations: all.flatMap(({ violations }) => violations) }
}

async function printCounterexample(name: string, only: number | null): Promise<void> {
  const safeguard = SAFEGUARDS.find((candidate) => candidate.name.startsWith(name))
  if (safeguard === undefined) return console.log(USAGE)
  const folder = createCopiesFolder()
  try {
    const changed = await loadChangedCore(folder, safeguard)
    const text =
      only === null
        ? await findCounterexample(changed, SEARCHED, safeguard.broken, FEW_STEPS)
        : await narrate(changed, only)
    console.log(text ?? `no counterexample among ${SEARCHED} seeds`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function report({ counts, violations }: Simulation): void {
  for (const [what, times] of [...counts].sort(([one], [other]) => (one < other ? -1 : 1))) {
    console.log(`${times.toLocaleString('en').padStart(12)}  ${what}`)
  }
  console.log(`\n${SEEDS.toLocaleString('en')} walks, ${violations.length} of them broke the promise.`)
  for (const { seed: broken, violation } of violations.slice(0, 20)) console.log(`  seed ${broken}: ${violation}`)
  process.exitCode = violations.length === 0 ? 0 : 1
}
