import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')

/** Runs vitest once. What cannot be had fails, as in CI. */
export function vitest(
  args: readonly string[],
  output: number | 'inherit',
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  return new Promise((settle) => {
    const child = spawn(join(ROOT, 'node_modules/.bin/vitest'), ['run', ...args], {
      cwd: ROOT,
      stdio: ['ignore', output, output],
      env: { ...process.env, CI: 'true', ...env },
    })
    child.on('exit', (code) => settle(code === 0))
    child.on('error', () => settle(false))
  })
}
