import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { packageFolders, ROOT } from './architecture/repository.ts'

const PACKAGES = packageFolders('packages').map((name) => `packages/${name}`)

/** The tests of changed files. They read commands from the keyboard, and so stay with the terminal. */
const tests = spawn(binary('vitest'), ['watch', '--changed'], { cwd: ROOT, stdio: 'inherit' })
const types = [
  ['-b', ...PACKAGES],
  ['-p', 'test', '--noEmit'],
].map((args) =>
  // `tsc` starts another program: in a group of their own, both can be ended.
  spawn(binary('tsc'), [...args, '--watch', '--preserveWatchOutput'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  }),
)

for (const child of [tests, ...types]) {
  child.on('error', (error) => console.error(error.message))
  child.on('close', endAll)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, endAll)

/** The first watcher that ends takes the others with it. */
function endAll(): void {
  for (const child of types) if (isRunning(child)) process.kill(-(child.pid as number), 'SIGTERM')
  if (isRunning(tests)) tests.kill('SIGTERM')
}

function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null
}

function binary(name: string): string {
  return join(ROOT, 'node_modules/.bin', name)
}
