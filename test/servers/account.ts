import { readFileSync } from 'node:fs'

/** A user to run a program as. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

const NAMES = ['postgres', 'nobody']

/**
 * Whom servers run as that refuse to run as root; `null` where this process is not root's.
 *
 * @throws Error where this system has no such user
 */
export function unprivileged(): Account | null {
  if (process.getuid?.() !== 0) return null
  const rows = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const [, , uid, gid] = NAMES.map((name) => rows.find((row) => row[0] === name)).find((row) => row) ?? []
  if (uid === undefined) throw new Error(`root cannot run it, and it needs a user ${NAMES.join(' or ')}`)
  return { uid: Number(uid), gid: Number(gid) }
}
