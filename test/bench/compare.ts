import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { fullOrQuick, isQuick, progress } from './harness/flags.ts'
import { interleave, runnerOf } from './harness/interleave.ts'
import { publish } from './harness/report.ts'
import { middle } from './harness/statistics.ts'
import { atMost } from './harness/target.ts'

/** An operation, and the operation that its time is compared with. */
export interface Comparison {
  readonly run: () => unknown
  readonly against: () => unknown
  /** Subtracted from the time of `run` before the comparison, where only a difference counts. */
  readonly without?: () => unknown
}

/** A row of the table: its comparison, and the largest multiple that meets the target. */
export interface Row {
  readonly name: string
  readonly target: number
  readonly prepare: () => Promise<Comparison>
}

interface Result {
  readonly multiple: number
  readonly nanoseconds: number
}

const ROUNDS = { rounds: fullOrQuick(40, 3), blockMs: fullOrQuick(20, 4), isSilent: true }

/**
 * Publishes each row's multiple beside its target. Every row has a process of its own, as a service has one verifier, and
 * takes turns in it with what it is compared with, so that other load on the machine slows both. `moduleUrl` is the
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
  const runners = [runnerOf('against', against), runnerOf('run', run)]
  if (without !== undefined) runners.push(runnerOf('without', without))
  const [unit, whole, off] = (await interleave(runners, ROUNDS)).map(({ times }) => times)
  const times = (whole ?? []).map((time, round) => time - (off?.[round] ?? 0))
  const result: Result = {
    multiple: middle(times.map((time, round) => time / (unit?.[round] as number))),
    nanoseconds: middle(times) * 1_000,
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
    'ns of processor time': Math.round(nanoseconds),
    result: `${multiple.toFixed(2)} ×`,
    target: atMost(multiple, target),
  }
}
