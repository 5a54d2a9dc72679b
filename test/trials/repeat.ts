import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openTrialRecord } from './record.ts'
import { vitest } from './vitest.ts'

/*
 * Runs the tests again and again, to find those that fail now and then. Finished runs are kept in a file: a trial
 * that was interrupted goes on where it stopped, and `--again` begins anew. `--busy` keeps a core busy meanwhile.
 */

interface Run {
  readonly name: string
  readonly passed: boolean
  readonly seconds: number
}

const ROOT = resolve(import.meta.dirname, '../..')
const PARTS = ['test/e2e', 'test/outage', 'packages/cli']

const { values } = parseArgs({
  options: {
    suites: { type: 'string', default: '4' },
    parts: { type: 'string', default: '20' },
    busy: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
  },
})

const record = openTrialRecord<Run>('repeat', values.again)
const neighbour = values.busy ? spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }) : null
process.once('exit', () => neighbour?.kill())

const planned = [...runs('suite', Number(values.suites)), ...runs('parts', Number(values.parts))]
for (const [index, name] of planned.entries()) {
  if (record.done().some((run) => run.name === name)) continue
  console.log(`${index + 1} of ${planned.length}: ${name}`)
  const begun = Date.now()
  const log = join(dirname(record.file), `${name.replace(' ', '-')}.log`)
  const output = openSync(log, 'w')
  const passed = await vitest(name.startsWith('parts') ? PARTS : ['--coverage'], output)
  closeSync(output)
  const run: Run = { name, passed, seconds: Math.round((Date.now() - begun) / 1000) }
  record.add(run)
  console.log(`  ${passed ? 'passed' : `FAILED: see ${relative(ROOT, log)};`} after ${run.seconds} s`)
}
report(record.done())

function runs(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${name} ${n + 1}`)
}

function report(all: readonly Run[]): void {
  const failed = all.filter(({ passed }) => !passed)
  const seconds = all.map((run) => run.seconds)
  console.log(`${all.length} runs, ${failed.length} failed, ${Math.min(...seconds)} to ${Math.max(...seconds)} s each`)
  for (const { name } of failed) console.log(`  failed: ${name}`)
  process.exitCode = failed.length === 0 ? 0 : 1
}
