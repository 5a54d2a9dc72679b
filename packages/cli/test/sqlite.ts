import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type Ended, NOW, patkit, type Surroundings } from './terminal.ts'

/** A migrated SQLite database with the user `ada`, and a way to run commands on it. */
export interface Bench {
  readonly env: Readonly<Record<string, string>>
  run(args: string | readonly string[], around?: Surroundings): Promise<Ended>
  /** A new token of ada's. */
  issue(...more: readonly string[]): Promise<{ readonly id: string; readonly secret: string }>
}

export async function bench(folder: string, env: Readonly<Record<string, string>> = {}): Promise<Bench> {
  const all = { PATKIT_DB: `sqlite:${join(folder, `${randomUUID()}.db`)}`, PATKIT_PREFIX: 'acme_pat', ...env }
  const run = (args: string | readonly string[], around: Surroundings = {}) =>
    patkit(typeof args === 'string' ? args.split(' ') : args, {
      cwd: folder,
      ...around,
      env: { ...all, ...around.env },
    })
  await run('migrate')
  // Days ago, so that events of now come after it.
  await run('principal create ada', { clock: () => NOW - 3 * 86_400_000 })
  return {
    env: all,
    run,
    async issue(...more) {
      const { stdout } = await run(['token', 'create', '--principal', 'ada', '--name', 'backup', '--json', ...more])
      const { token, secret } = JSON.parse(stdout)
      return { id: token.id, secret }
    },
  }
}
