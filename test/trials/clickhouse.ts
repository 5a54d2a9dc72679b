import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { vitest } from './vitest.ts'

/** `pnpm trial clickhouse`: installs the engine of ClickHouse once, and runs the tests of the sink on it. */
const ENGINE = 'chdb@3.4.0'
const CACHE = resolve(import.meta.dirname, '../../node_modules/.cache')

const PATKIT_TEST_CHDB = installed()
const passed = await vitest(['test/hosts/clickhouse-sink.test.ts', '--reporter=verbose'], 'inherit', {
  PATKIT_TEST_CHDB,
})
process.exitCode = passed ? 0 : 1

/** The folder of an installation that is whole. */
function installed(): string {
  const folder = join(CACHE, ENGINE)
  if (existsSync(folder)) return folder
  mkdirSync(CACHE, { recursive: true })
  const partial = mkdtempSync(join(CACHE, 'chdb-'))
  console.log(`${ENGINE}: installing half a gigabyte`)
  const { status } = spawnSync('npm', ['install', '--prefix', partial, '--no-audit', '--no-fund', ENGINE], {
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error(`${ENGINE} could not be installed`)
  renameSync(partial, folder)
  return folder
}
