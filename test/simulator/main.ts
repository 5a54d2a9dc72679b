import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createCopiesFolder, loadChangedCore } from '../contract/changed-core.ts'
import { core } from '../contract/core.ts'
import { openTrialRecord } from '../trials/record.ts'
import { findCounterexample } from './counterexample.ts'
import { narrate } from './narrate.ts'
import type { Scene } from './plan.ts'
import { SAFEGUARDS, type Safeguard } from './safeguards.ts'
import { type Simulation, simulate } from './simulate.ts'

/** The seeds on record are 0 up to, and without, this. */
const SEEDS = 100_000
const SEEDS_AT_ONCE = 1_000
/** Seeds to find a counterexample among. */
const SEARCHED = 20_000
/** A walk of so few steps is easily read. */
const FEW_STEPS = 12

const NAMES: Readonly<Record<Scene, string>> = { one: 'simulate', many: 'nodes' }
const PURPOSES: Readonly<Record<Scene, string>> = {
  one: 'Walks through interleavings of requests, lookups, changes and messages, and checks what patkit promises.',
  many: 'The same with 2 to 4 nodes, clocks that differ, and the channels that applications use.',
}

/** `pnpm trial simulate` and `pnpm trial nodes`. */
export async function runTrial(scene: Scene): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { without: { type: 'string' }, again: { type: 'boolean', default: false }, help: { type: 'boolean' } },
  })
  const seed = positionals[0] === undefined ? null : Number(positionals[0])
  if (values.help || (seed !== null && !Number.isSafeInteger(seed))) console.log(usage(scene))
  else if (values.without !== undefined) await printCounterexamples(scene, values.without, seed)
  else if (seed !== null) console.log(await narrate(core, scene, seed))
  else report(await simulateAll(scene, values.again))
}

function usage(scene: Scene): string {
  const command = `pnpm trial ${NAMES[scene]}`
  const lines = [
    [command, `walks the seeds 0 to ${SEEDS - 1}, goes on where it stopped, and prints what they came by`],
    [`${command} --again`, 'begins with the first seed'],
    [`${command} 4711`, 'walks one seed and prints it step by step'],
    [`${command} --without lease`, 'removes a safeguard from a copy of the code and prints a counterexample'],
    [`${command} --without all`, 'the same for each safeguard'],
  ] as const
  const names = safeguardsOf(scene).map(({ name }) => `"${name}"`)
  const width = Math.max(...lines.map(([call]) => call.length)) + 2
  const calls = lines.map(([call, meaning]) => `  ${call.padEnd(width)}${meaning}`)
  return [PURPOSES[scene], '', ...calls, '', `Safeguards: ${names.join(', ')}`].join('\n')
}

function safeguardsOf(scene: Scene): readonly Safeguard[] {
  return SAFEGUARDS.filter((safeguard) => safeguard.scene === scene)
}

interface Part {
  readonly first: number
  readonly counts: readonly (readonly [what: string, times: number])[]
  readonly violations: Simulation['violations']
}

async function simulateAll(scene: Scene, again: boolean): Promise<Simulation> {
  const record = openTrialRecord<Part>(NAMES[scene], again)
  const done = new Set(record.done().map(({ first }) => first))
  for (let first = 0; first < SEEDS; first += SEEDS_AT_ONCE) {
    if (done.has(first)) continue
    const { counts, violations } = await simulate(core, scene, first, first + SEEDS_AT_ONCE)
    record.add({ first, counts: [...counts], violations })
    process.stderr.write(`\r${(first + SEEDS_AT_ONCE).toLocaleString('en')} of ${SEEDS.toLocaleString('en')} walks `)
  }
  process.stderr.write('\n')
  const parts = record.done()
  record.forget()
  const counts = new Map<string, number>()
  for (const [what, times] of parts.flatMap((part) => part.counts)) counts.set(what, (counts.get(what) ?? 0) + times)
  return { counts, violations: parts.flatMap(({ violations }) => violations) }
}

async function printCounterexamples(scene: Scene, name: string, only: number | null): Promise<void> {
  const safeguards = safeguardsOf(scene).filter((candidate) => name === 'all' || candidate.name.startsWith(name))
  if (safeguards.length === 0) return console.log(usage(scene))
  const folder = createCopiesFolder()
  try {
    for (const safeguard of name === 'all' ? safeguards : safeguards.slice(0, 1)) {
      console.log(`${await counterexample(scene, folder, safeguard, only)}\n`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function counterexample(
  scene: Scene,
  folder: string,
  safeguard: Safeguard,
  only: number | null,
): Promise<string> {
  const changed = await loadChangedCore(folder, safeguard)
  const text =
    only === null
      ? await findCounterexample(changed, safeguard, { first: 0, end: SEARCHED, fewEnough: FEW_STEPS })
      : await narrate(changed, scene, only)
  return `without ${safeguard.name}\n${text ?? `no counterexample among ${SEARCHED} seeds`}`
}

function report({ counts, violations }: Simulation): void {
  for (const [what, times] of [...counts].sort(([one], [other]) => (one < other ? -1 : 1))) {
    console.log(`${times.toLocaleString('en').padStart(12)}  ${what}`)
  }
  console.log(`\n${SEEDS.toLocaleString('en')} walks, ${violations.length} of them broke the promise.`)
  for (const { seed: broken, violation } of violations.slice(0, 20)) console.log(`  seed ${broken}: ${violation}`)
  process.exitCode = violations.length === 0 ? 0 : 1
}
