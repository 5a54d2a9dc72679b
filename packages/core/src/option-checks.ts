/** A timer set for longer fires at once. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1

/**
 * The error for an option that is wrong. `name` is its path, such as `audit.mode`.
 *
 * @example
 * ```ts
 * import { wrongOption } from '@patkit/core/adapter'
 *
 * function redisSink({ url }: { url: string }) {
 *   if (!url.startsWith('redis:')) throw wrongOption('url', 'must begin with redis:')
 * }
 * ```
 */
export function wrongOption(name: string, problem: string): TypeError {
  return new TypeError(`patkit option "${name}" ${problem}`)
}

/**
 * Refuses options that no destructuring has taken out.
 *
 * @param unknown the rest of the options
 * @param path stands before the name in the message, such as `audit.`
 * @throws TypeError naming the first of them
 *
 * @example
 * ```ts
 * import { refuseUnknownOptions } from '@patkit/core/adapter'
 *
 * function redisSink({ url, ...unknown }: { url: string }) {
 *   refuseUnknownOptions(unknown)
 *   return url
 * }
 * ```
 */
export function refuseUnknownOptions(unknown: object, path = ''): void {
  const [name] = Object.keys(unknown)
  if (name !== undefined) throw wrongOption(path + name, 'is not an option')
}

/** @throws TypeError naming the option */
export function callable<F>(name: string, value: F): F {
  if (typeof value !== 'function') throw wrongOption(name, 'must be a function')
  return value
}

/** @throws TypeError naming the option */
export function flag(name: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw wrongOption(name, 'must be true or false')
  return value
}

/** @throws TypeError naming the option */
export function oneOf<T extends string>(name: string, value: T, choices: readonly T[]): T {
  if (!choices.includes(value))
    throw wrongOption(name, `must be one of ${choices.map((choice) => `'${choice}'`).join(', ')}`)
  return value
}

/** @throws TypeError naming the option */
export function wholeNumber(name: string, value: number, most: number = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isSafeInteger(value) || value < 1 || value > most)
    throw wrongOption(name, `must be a whole number from 1 to ${most}`)
  return value
}

/** @throws TypeError naming the option */
export function seconds(name: string, value: number): number {
  if (!Number.isFinite(value) || value < 0) throw wrongOption(name, 'must be a number of seconds, 0 or more')
  return value * 1000
}

/** @throws TypeError naming the option */
export function printableText(name: string, value: string): string {
  if (typeof value !== 'string' || !/^[\x20-\x7e]+$/.test(value)) throw wrongOption(name, 'must be printable ASCII')
  return value
}

/** @throws TypeError naming the option */
export function webUrl(name: string, value: string): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw wrongOption(name, 'must be an http(s) URL')
  return new URL(value).href
}
