import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeSection } from './harness/page.ts'
import { TABLES_FILE, type Table } from './harness/report.ts'

/**
 * `pnpm bench [name...] [--quick]` prints figures beside their targets, and writes them into `docs/performance.md`; with
 * `--quick` it only prints. Without names it runs all benches. Nothing passes or fails: a target that is missed is
 * printed as missed.
 */
const BENCHES: readonly string[] = [
  'requests',
  'peers',
  'growth',
  'verify',
  'scopes',
  'floods',
  'startup',
  'stores',
  'notifications',
  'audit',
  'audit-log',
  'erasure-indexes',
  'event-indexes',
  'blocks',
]

const args = process.argv.slice(2)
const flags = args.filter((arg) => arg.startsWith('--'))
const names = args.filter((arg) => !arg.startsWith('--'))
const wrong = names.filter((name) => !BENCHES.includes(name)).concat(flags.filter((flag) => flag !== '--quick'))
if (wrong.length > 0) {
  console.error(`Unknown: ${wrong.join(', ')}\nUsage: pnpm bench [${BENCHES.join('|')}]... [--quick]`)
  process.exit(2)
}

const chosen = BENCHES.filter((name) => names.length === 0 || names.includes(name))
const folder = mkdtempSync(join(tmpdir(), 'patkit-bench-tables-'))
let failed = 0
try {
  for (const [index, name] of chosen.entries()) failed += await runBench(name, `${index + 1}/${chosen.length}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1

/** In a process of its own, as what one bench leaves in memory would slow the next. @returns 1 where it failed */
async function runBench(name: string, place: string): Promise<number> {
  const begun = performance.now()
  console.log(`\n== ${place} ${name}`)
  const file = join(folder, `${name}.jsonl`)
  const exitCode = await run([join(import.meta.dirname, `${name}.ts`), ...flags], file)
  console.log(
    `== ${name} ${exitCode === 0 ? 'done' : 'FAILED'} (${((performance.now() - begun) / 1_000).toFixed(0)} s)`,
  )
  if (exitCode !== 0) return 1
  if (!flags.includes('--quick')) writeSection(name, tablesIn(file))
  return 0
}

function run(command: readonly string[], tables: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, [TABLES_FILE]: tables }
    const child = spawn(process.execPath, [...process.execArgv, ...command], { env, stdio: 'inherit' })
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

function tablesIn(file: string): Table[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Table)
}
