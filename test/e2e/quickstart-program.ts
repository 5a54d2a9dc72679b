import { vi } from 'vitest'
import { run } from '../../examples/quickstart/src/run.ts'
import { bundledProgram } from '../servers/bundled-program.ts'
import { type Program, runProgram, startProgram } from './example-program.ts'

export type Framework = 'express' | 'koa' | 'hono'
export type TokenName = 'read' | 'write' | 'machine' | 'expired' | 'revoked' | 'elsewhere'

/** The first line of `--json`. */
export interface Introduction {
  readonly url: string
  readonly framework: Framework
  readonly tokens: Readonly<Record<TokenName, string>>
}

const QUICKSTART = await bundledProgram('examples/quickstart/src/main.ts')

export function startQuickstart(...args: readonly string[]): Program {
  return startProgram(QUICKSTART, args)
}

/** Starts a quickstart for programs, on any free port. */
export async function startJson(dataFolder: string, framework: Framework = 'express') {
  const program = startQuickstart('--json', '--port', '0', '--data', dataFolder, '--framework', framework)
  const introduction: Introduction = JSON.parse(await program.nextLine())
  return { program, introduction }
}

/** What a quickstart that does not start says, without a process of its own: its entry point does nothing but this. */
export async function refusalOf(...args: readonly string[]) {
  const before = process.exitCode
  const stdout = vi.spyOn(console, 'log').mockImplementation(() => {})
  const stderr = vi.spyOn(console, 'error').mockImplementation(() => {})
  try {
    await run(args)
    const said = (spy: typeof stdout) => spy.mock.calls.map((line) => `${line.join(' ')}\n`).join('')
    return { code: process.exitCode, stdout: said(stdout), stderr: said(stderr) }
  } finally {
    process.exitCode = before
    vi.restoreAllMocks()
  }
}

/** Runs a quickstart that ends by itself. */
export function runQuickstart(...args: readonly string[]) {
  return runProgram(QUICKSTART, args)
}
