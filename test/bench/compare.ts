import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { measure } from 'mitata'
import { fullOrQuick, isQuick, progress } from './harness/flags.ts'
import { publish } from './harness/report.ts'
import { middle } from './harness/statistics.ts'
import { atMost } from './harness/target.ts'

/** An operation and what its time is a multiple of. */
export interface Comparison {
  readonly run: () => unknown
  readonly against: () => unknown
  /** If only a difference counts: an operation whose time is subtracted from `run`. */
  readonly without?: () => unknown
}

/** A row of the table: a comparison, and its largest allowed multiple. */
export interface Row {
  readonly name: string
  readonly target: number
  readonly prepare: () => Promise<Comparison>
}

interface Result {
  readonly multiple: number
  readonly nanoseconds: number
}

const ROUNDS = fullOrQuick(9, 4)
const ROUND_SECONDS = fullOrQuick(0.15, 0.04)
/** Rounds of which the code may still be optimised. */
const WARM_UP_ROUNDS = 2

/**
 * Prints each row's multiple beside its target. Every row has a process of its own, as a service has one verifier, and
 * takes turns in it with what it is compared with, so that other work of the machine affects both. `moduleUrl` is the
 * module that calls this: it is started again for each row.
 */
export async function compare(title: string, moduleUrl: string, rows: readonly Row[]): Promise<void> {
  const asked = process.env.PATKIT_BENCH_ROW
  if (asked !== undefined) return report(rows.find(({ name }) => name === asked))
  publish({ title, rows: rows.map((row) => describe(row, inOwnProcess(moduleUrl, row))) })
}

async function report(row: Row | undefined): Promise<void> {
  if (row === undefined) return
  const { run, against, without } = await row.prepare()
  const times: { run: number; against: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const unit = await median(against)
    const off = without === undefined ? 0 : await median(without)
    times.push({ against: unit, run: (await median(run)) - off })
  }
  const settled = times.slice(WARM_UP_ROUNDS)
  const result: Result = {
    multiple: middle(settled.map((time) => time.run / time.against)),
    nanoseconds: middle(settled.map((time) => time.run)),
  }
  console.log(JSON.stringify(result))
}

function inOwnProcess(moduleUrl: string, { name }: Row): Result {
  progress(name)
  const args = [...process.execArgv, fileURLToPath(moduleUrl), ...(isQuick ? ['--quick'] : [])]
  const output = execFileSync(process.execPath, args, { env: { ...process.env, PATKIT_BENCH_ROW: name } })
  return JSON.parse(output.toString())
}

function describe({ name, target }: Row, { multiple, nanoseconds }: Result) {
  return {
    case: name,
    'ns/op': Math.round(nanoseconds),
    result: `${multiple.toFixed(2)} ×`,
    target: atMost(multiple, target),
  }
}

async function median(run: () => unknown): Promise<number> {
  return (await measure(run, { min_cpu_time: ROUND_SECONDS * 1e9 })).p50
}
