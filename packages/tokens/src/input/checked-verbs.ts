import { validActor, validOwner, validWhere } from './fields.ts'

type Check = (value: never) => unknown

/** The checks of each verb's first arguments. The verb itself checks its input. */
const ARGUMENTS = {
  create: [validActor, validOwner],
  import: [validActor, validOwner],
  checkImport: [validActor, validOwner],
  get: [validOwner],
  listSecrets: [validOwner],
  scopeUses: [validOwner],
  list: [validWhere],
  offeredScopes: [validActor, validOwner],
  update: [validActor, validOwner],
  addScopes: [validActor, validOwner],
  removeScopes: [validActor, validOwner],
  clearScopes: [validActor, validOwner],
  rotate: [validActor, validOwner],
  revoke: [validActor, validOwner],
  regenerate: [validActor, validOwner],
  delete: [validActor, validOwner],
  deleteAll: [validActor, validOwner],
  revokeAll: [validActor, validOwner],
  putPrincipal: [validActor],
  erasePrincipal: [validActor, validOwner],
  changePrincipal: [validActor, validOwner],
  getPrincipal: [validOwner],
  listPrincipals: [validWhere],
  scopesAboveOwners: [validWhere],
  history: [validOwner],
} as const satisfies Readonly<Record<string, readonly Check[]>>

/** A service whose verbs reject actors and owners with unknown, missing or wrong fields. */
export function checkedVerbs<S extends object>(service: S): S {
  const verbs = service as S & Record<keyof typeof ARGUMENTS, unknown>
  return Object.freeze({ ...service, ...checkedMethods(verbs, ARGUMENTS) })
}

/** The methods of an object that are named, each of which rejects arguments that fail their check. */
export function checkedMethods<T extends object, K extends keyof T>(
  target: T,
  checks: Readonly<Record<K, readonly Check[]>>,
): Pick<T, K> {
  const checked = (name: K) => {
    const method = target[name] as (...args: unknown[]) => unknown
    return async (...args: unknown[]) => {
      for (const [index, check] of checks[name].entries()) check(args[index] as never)
      return method(...args)
    }
  }
  return Object.fromEntries((Object.keys(checks) as K[]).map((name) => [name, checked(name)])) as Pick<T, K>
}
