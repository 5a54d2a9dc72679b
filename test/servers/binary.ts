import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A server is found in these, too: distributions keep daemons off the PATH of users. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin']

/** @throws Error where it is not on this machine */
export function binary(name: string): string {
  const path = pathOf(name)
  if (path === undefined) throw new Error(`${name} is not on the PATH`)
  return path
}

export function isInstalled(name: string): boolean {
  return pathOf(name) !== undefined
}

function pathOf(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS]
  return folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate))
}
