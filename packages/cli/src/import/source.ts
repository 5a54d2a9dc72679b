import { createReadStream, statSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { CliError, usageError } from '../errors.ts'
import { choice, requiredDuration } from '../options/values.ts'
import type { World } from '../world.ts'
import { type ForeignTokens, LAYOUTS, type LayoutName, type ReadOptions, readForeignTokens } from './index.ts'

/** What a file of another system is, and what it does not say. */
export interface SourceOptions {
  readonly layout: string
  readonly fileFormat?: string
  readonly principal?: string
  readonly name?: string
  readonly scope?: readonly string[]
  readonly actsForOwner?: boolean
  readonly maxLifetime?: string
  readonly assumeUtc?: boolean
  readonly ownerPrefix?: readonly string[]
}

const FILE_FORMATS = ['csv', 'jsonl'] as const
const EXTENSIONS: Readonly<Record<string, (typeof FILE_FORMATS)[number]>> = {
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
}
export const LAYOUT_NAMES: readonly LayoutName[] = Object.keys(LAYOUTS) as LayoutName[]

/**
 * Opens a file as often as it is asked, from its beginning.
 *
 * @throws CliError for an option that is wrong, and a file that cannot be read twice
 */
export function importSource(
  file: string,
  given: SourceOptions,
  settings: Settings,
  world: World,
): () => ForeignTokens {
  const options = readOptions(file, given, settings, world)
  const path = resolve(world.cwd, file)
  requireFile(file, path)
  return () => readForeignTokens(bytesOf(file, path), options)
}

function readOptions(file: string, given: SourceOptions, settings: Settings, { clock }: World): ReadOptions {
  const { principal, name, scope, actsForOwner, maxLifetime, assumeUtc, ownerPrefix } = given
  const fileFormat = given.fileFormat ?? EXTENSIONS[extname(file).toLowerCase()]
  if (fileFormat === undefined) throw usageError('--file-format', 'is needed, csv or jsonl: the name does not tell')
  return {
    clock,
    layout: choice('--layout', given.layout, LAYOUT_NAMES),
    fileFormat: choice('--file-format', fileFormat, FILE_FORMATS),
    defaults: {
      organizationId: settings.organization,
      ...(principal !== undefined && { principalId: principal }),
      ...(name !== undefined && { name }),
      ...(scope !== undefined && { scopes: scope }),
      ...(actsForOwner === true && { actsForOwner }),
    },
    ...(settings.namedOrganization !== null && { onlyOrganizationId: settings.namedOrganization }),
    ...(maxLifetime !== undefined && { maximumLifetimeSeconds: lifetime(maxLifetime) }),
    ...(assumeUtc === true && { assumeUtc }),
    ...(ownerPrefix !== undefined && { ownerPrefixes: Object.fromEntries(ownerPrefix.map(typeAndPrefix)) }),
  }
}

function lifetime(text: string): number {
  const seconds = requiredDuration('--max-lifetime', text)
  if (seconds === 0) throw usageError('--max-lifetime', 'must be longer than nothing')
  return seconds
}

/** The last `=` divides: types are names of classes, and prefixes have none. */
function typeAndPrefix(text: string): readonly [type: string, prefix: string] {
  const at = text.lastIndexOf('=')
  if (at < 1) throw usageError('--owner-prefix', "must be <type>=<prefix>, such as 'App\\Models\\Team=team-'")
  return [text.slice(0, at), text.slice(at + 1)]
}

function requireFile(name: string, path: string): void {
  let isFile: boolean
  try {
    isFile = statSync(path).isFile()
  } catch (cause) {
    throw fileError(name, cause)
  }
  if (!isFile) throw new CliError('ERR_PAT_FILE', `${name} is no file: it is read twice, which a pipe cannot be`)
}

async function* bytesOf(name: string, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path)
  } catch (cause) {
    throw fileError(name, cause)
  }
}

function fileError(name: string, cause: unknown): CliError {
  const { code } = cause as NodeJS.ErrnoException
  return new CliError('ERR_PAT_FILE', `${name} cannot be read: ${code}`, null, { cause })
}
