/**
 * Without the members that were not given: an option that is `undefined` would be one.
 *
 * @example
 * ```ts
 * import { omitUndefined } from '@patkit/api'
 *
 * omitUndefined({ name: 'backup', description: undefined }) // { name: 'backup' }
 * ```
 */
export function omitUndefined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}
