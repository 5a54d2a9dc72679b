import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const CLIENTS = fileURLToPath(new URL('sink-clients.ts', import.meta.url))
const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const ENOUGH = 300

/**
 * Kills a process with clients of a verifier (SIGKILL) when enough requests were allowed.
 *
 * @param verifier the module that exports it
 * @returns the ids of the requests that were allowed
 */
export async function answeredUntilKilled(verifier: string, env: Readonly<Record<string, string>>): Promise<string[]> {
  const args = ['--import', 'tsx', CLIENTS, verifier]
  const clients = spawn(process.execPath, args, {
    cwd: FOLDER,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  for await (const text of clients.stdout.setEncoding('utf8')) {
    output += text
    if (output.split('\n').length > ENOUGH) clients.kill('SIGKILL')
  }
  const ids = output.split('\n').slice(0, -1)
  if (ids.length < ENOUGH) throw new Error(`the clients ended after ${ids.length} answers`)
  return ids
}
