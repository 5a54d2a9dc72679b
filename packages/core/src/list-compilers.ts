import { LRUCache } from 'lru-cache'
import { type AddressMatcher, compileRanges } from './address.ts'
import { compileScopes, type ScopeRules, type ScopeSet } from './scope-set.ts'

/** What the lists in records are compiled with. */
export interface ListCompilers {
  readonly scopes: (names: readonly string[]) => ScopeSet
  /** Throws a RangeError as `compileRanges` does. */
  readonly ranges: (entries: readonly string[]) => AddressMatcher
}

/** Limit of all remembered lists. A limit of their number would allocate room for that many with every verifier. */
const REMEMBERED_CHARACTERS = 1_000_000
/** Added to the length of a list: the compiled form of a short list is longer than its text. */
const CHARACTERS_PER_LIST = 250

/** Many tokens have the same scopes and the same allowlist: they share what was made of them. */
export function createListCompilers(rules: ScopeRules): ListCompilers {
  return { scopes: remembering((names) => compileScopes(names, rules)), ranges: remembering(compileRanges) }
}

function remembering<V extends object>(compile: (list: readonly string[]) => V): (list: readonly string[]) => V {
  const remembered = new LRUCache<string, V>({
    maxSize: REMEMBERED_CHARACTERS,
    sizeCalculation: (_, key) => key.length + CHARACTERS_PER_LIST,
  })
  return (list) => {
    const key = JSON.stringify(list)
    const known = remembered.get(key)
    if (known !== undefined) return known
    const compiled = compile(list)
    remembered.set(key, compiled)
    return compiled
  }
}
