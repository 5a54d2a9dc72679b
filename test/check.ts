import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A binary of the workspace and its arguments. */
type Command = readonly [binary: string, ...args: string[]]

interface Step {
  readonly title: string
  readonly commands: readonly Command[]
}

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** Folders whose pages, comments and messages are read by people. */
const PROSE_FOLDERS = ['docs', 'packages', 'examples', 'test', '.changeset']

/** Quickest first, each on what the ones before it have shown to be sound. */
const STEPS: readonly Step[] = [
  { title: 'Format and lint', commands: [['biome', 'ci', '--error-on-warnings']] },
  {
    title: 'Types',
    commands: [
      ['tsc', '-b', ...folders('packages')],
      ['tsc', '-p', 'test', '--noEmit'],
    ],
  },
  {
    title: 'Prose',
    commands: [['tsx', 'test/prose/check.ts', 'README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...PROSE_FOLDERS]],
  },
  { title: 'Architecture', commands: [['vitest', 'run', 'test/architecture']] },
  { title: 'Type inference', commands: [['vitest', 'run', 'test/types']] },
  {
    title: 'Cost of a cached verify',
    // Nothing is collected while allocations are counted.
    commands: [['tsx', '--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128', 'test/bench/gate.ts']],
  },
  { title: 'Packaging', commands: [['vitest', 'run', '--config', 'test/packaging/vitest.config.ts']] },
]

const started = Date.now()
for (const [index, step] of STEPS.entries()) {
  console.log(`\n== ${index + 1}/${STEPS.length} ${step.title}`)
  const exitCode = await runStep(step)
  if (exitCode !== 0) process.exit(exitCode)
}
console.log(`\nEverything is sound (${secondsSince(started)}).`)

async function runStep({ title, commands }: Step): Promise<number> {
  const begun = Date.now()
  for (const command of commands) {
    console.log(`$ ${command.join(' ')}`)
    const exitCode = await run(command)
    if (exitCode !== 0) {
      console.error(`\n== ${title} failed: ${command.join(' ')} exited with ${exitCode} (${secondsSince(begun)})`)
      return exitCode
    }
  }
  console.log(`== ${title} passed (${secondsSince(begun)})`)
  return 0
}

/** The exit code; 1 for a program that could not be started, or was ended by a signal. */
function run([binary, ...args]: Command): Promise<number> {
  return new Promise((settle) => {
    const child = spawn(join(ROOT, 'node_modules/.bin', binary), args, { cwd: ROOT, stdio: 'inherit' })
    child.on('error', (error) => {
      console.error(error.message)
      settle(1)
    })
    child.on('close', (code) => settle(code ?? 1))
  })
}

function folders(parent: string): string[] {
  const paths = readdirSync(join(ROOT, parent)).map((name) => `${parent}/${name}`)
  return paths.filter((path) => existsSync(join(ROOT, path, 'tsconfig.json'))).sort()
}

function secondsSince(instant: number): string {
  return `${((Date.now() - instant) / 1000).toFixed(1)} s`
}
