import { exec, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { linesUntil, type Program } from './example-program.ts'

/** A call that an example prints: a heading with the status of the answer, and a line to paste. */
export interface PrintedCall {
  readonly heading: string
  readonly status: number
  readonly line: string
}

const hasCurl = spawnSync('curl', ['--version']).status === 0

/** @param last how the heading of the last call begins */
export async function printedCalls(program: Program, last: string): Promise<readonly PrintedCall[]> {
  const lines = await linesUntil(program, (line) => line.startsWith(last))
  return [...lines, await program.nextLine()]
    .map((line, index, all) => ({ heading: all[index - 1] ?? '', line: line.trim() }))
    .filter(({ line }) => line.startsWith('curl '))
    .map(({ heading, line }) => ({ heading, status: Number(heading.slice(-3)), line }))
}

/** The status of the answer to a printed line. */
export function sent(line: string): Promise<number> {
  return hasCurl ? pasted(line) : fetched(line)
}

/** The line in a shell, as a person would have it. */
async function pasted(line: string): Promise<number> {
  const { stdout } = await promisify(exec)(line, { env: { ...process.env, NO_PROXY: '127.0.0.1' } })
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(stdout)?.[1])
}

/** The request of the line, for machines without curl. */
async function fetched(line: string): Promise<number> {
  const [, method = 'GET'] = / -X (\w+)/.exec(line) ?? []
  const headers = [...line.matchAll(/ -H "([^:]+): ([^"]+)"/g)].map(
    ([, name, value]) => [name, value] as [string, string],
  )
  const [, body = null] = / -d '([^']+)'/.exec(line) ?? []
  const url = line.slice(line.lastIndexOf(' ') + 1).replaceAll('"', '')
  return (await fetch(url, { method, headers, body })).status
}
