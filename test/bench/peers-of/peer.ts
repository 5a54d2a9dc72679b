import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A library that authenticates a request by a token. */
export interface Peer {
  readonly name: string
  /** Packages whose versions are shown. */
  readonly packages: readonly string[]
  /** How it is set up, as code. */
  readonly configuration: string
  /** Presents an `Authorization` value. May return, throw, resolve and reject. */
  present(value: string): unknown
  /** Whether what `present` returned or resolved to allows the request. */
  isAllowed(result: unknown): boolean
  readonly values: readonly string[]
  /** Well-formed values that it must refuse. */
  readonly unknownValues: readonly string[]
  /** So many of them that each is presented as if for the first time. */
  readonly newValues?: readonly string[]
}

const MODULES = join(import.meta.dirname, '../node_modules')

export function versionsOf(packages: readonly string[]): string {
  const versions = packages.map((name) => {
    const { version } = JSON.parse(readFileSync(join(MODULES, name, 'package.json'), 'utf8'))
    return `${name} ${version}`
  })
  return versions.join(', ')
}

/** Whether a peer allows a request, however it says so. */
export async function allows(peer: Peer, value: string): Promise<boolean> {
  try {
    return peer.isAllowed(await peer.present(value))
  } catch {
    return false
  }
}
