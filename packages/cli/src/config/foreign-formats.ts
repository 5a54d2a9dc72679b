import type { TokenFormat } from '@patkit/core'
import { betterAuthFormat, keypalFormat, sanctumFormat, sha256Format, unkeyFormat } from '@patkit/tokens'
import { usageError } from '../errors.ts'
import type { World } from '../world.ts'
import type { ConfigFile } from './config-file.ts'
import { inFile } from './rules.ts'

type Options = Readonly<Record<string, unknown>>

/** By the layouts that their tokens are imported with. Each checks its own options. */
const FORMATS: ReadonlyMap<unknown, (options: Options, env: World['env']) => TokenFormat> = new Map([
  ['sha256', (options: Options) => sha256Format(options as never)],
  ['sanctum', (options: Options) => sanctumFormat(options)],
  ['better-auth', (options: Options) => betterAuthFormat(options)],
  ['unkey', (options: Options) => unkeyFormat(options)],
  ['keypal', keypal],
])

/**
 * Reads `formats` of the configuration: `[{ "type": "sanctum", … }]`, the rest being the options of that format.
 *
 * @throws CliError naming the file and the fault in it
 */
export function readForeignFormats({ name, rules }: ConfigFile, env: World['env']): readonly TokenFormat[] {
  const { formats = [] } = rules
  return inFile(name, () => {
    if (!Array.isArray(formats)) throw new TypeError('"formats" must be an array')
    return formats.map((format: unknown) => foreignFormat(format, env))
  })
}

function foreignFormat(format: unknown, env: World['env']): TokenFormat {
  const { type, ...options } = Object(format) as Options
  const make = FORMATS.get(type)
  if (make === undefined) throw new TypeError(`"formats" must have a type each: ${[...FORMATS.keys()].join(', ')}`)
  return make(options, env)
}

/** A salt is a secret, as a pepper is. */
function keypal(options: Options, env: World['env']): TokenFormat {
  if ('salt' in options) throw usageError('formats', 'must not hold a salt: put it into PATKIT_KEYPAL_SALT')
  const { PATKIT_KEYPAL_SALT: salt } = env
  return keypalFormat({ ...options, ...(salt !== undefined && { salt }) })
}
