import { type Program, runProgram, startProgram } from './example-program.ts'

export type Framework = 'express' | 'koa' | 'hono'
export type TokenName = 'read' | 'write' | 'machine' | 'expired' | 'revoked' | 'elsewhere'

/** The first line of `--json`. */
export interface Introduction {
  readonly url: string
  readonly framework: Framework
  readonly tokens: Readonly<Record<TokenName, string>>
}

const QUICKSTART = 'examples/quickstart/src/main.ts'

export function startQuickstart(...args: readonly string[]): Program {
  return startProgram(QUICKSTART, args)
}

/** Starts a quickstart for programs, on any free port. */
export async function startJson(dataFolder: string, framework: Framework = 'express') {
  const program = startQuickstart('--json', '--port', '0', '--data', dataFolder, '--framework', framework)
  const introduction: Introduction = JSON.parse(await program.nextLine())
  return { program, introduction }
}

/** Runs a quickstart that ends by itself. */
export function runQuickstart(...args: readonly string[]) {
  return runProgram(QUICKSTART, args)
}
