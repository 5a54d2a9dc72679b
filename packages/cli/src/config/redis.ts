import { refusePassword } from '../database/url.ts'
import { usageError } from '../errors.ts'
import type { World } from '../world.ts'
import type { ConfigFile } from './config-file.ts'

/** The Redis over which APIs learn of changes. `connection` may hold a password, and is never shown. */
export interface RedisPlace {
  readonly connection: string
  /** For people: without user and password. */
  readonly shown: string
  /** The name of the channel; `null` for the default of `redisChannel`. */
  readonly channel: string | null
}

const FORMS = 'must be redis://<host>:<port> or rediss://<host>:<port>'

/**
 * Reads `PATKIT_REDIS`, which may hold a password, or `redis` of the file, which must not.
 *
 * @returns `null` where neither is given
 * @throws CliError `ERR_PAT_USAGE`, naming the source and without the URL
 */
export function readRedis({ name, texts }: ConfigFile, { env }: World): RedisPlace | null {
  const inFile = texts.redis
  const source = env.PATKIT_REDIS === undefined ? `${name}: redis` : 'PATKIT_REDIS'
  if (inFile !== undefined) refusePassword(inFile, `${name}: redis`, 'put the URL into PATKIT_REDIS')
  const text = env.PATKIT_REDIS ?? inFile
  if (text === undefined) return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.host === '') throw usageError(source, FORMS)
  const channel = env.PATKIT_REDIS_CHANNEL ?? texts.redisChannel ?? null
  if (channel === '') throw usageError('PATKIT_REDIS_CHANNEL', 'must not be empty')
  return { connection: url.href, shown: `${url.protocol}//${url.host}`, channel }
}
