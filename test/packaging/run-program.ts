import { execFile } from 'node:child_process'

export interface Run {
  readonly exitCode: number
  /** What it printed, on both streams. */
  readonly output: string
  readonly stdout: string
}

/** Runs a program to its end, without a shell. */
export function runProgram(command: string, args: readonly string[], cwd: string): Promise<Run> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1' }
    execFile(command, args, { cwd, env, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ exitCode, output: `${stdout}${stderr}${exitCode === 1 ? (error?.message ?? '') : ''}`, stdout })
    })
  })
}

/** @throws Error with all it printed, when it exits with anything but 0 */
export async function runOrThrow(command: string, args: readonly string[], cwd: string): Promise<Run> {
  const run = await runProgram(command, args, cwd)
  if (run.exitCode !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${run.exitCode}\n${run.output}`)
  return run
}
