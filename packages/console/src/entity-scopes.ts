import { isScopeName } from '@patkit/core'
import { wrongOption } from '@patkit/core/adapter'
import type { EntityScopes, ScopePart } from './page-config.ts'

const NAME = /^[a-z]\w{0,30}$/i
/** Parameters of every source. */
const TAKEN = ['search', 'page', 'ids']
/** A path of the page's own origin: `//host` and `/\host` are others. */
const PATH = /^\/(?![/\\])[^?#\s]*$/
const PART_MEMBERS = ['name', 'label', 'values', 'source', 'all', 'several']

/** @throws TypeError naming the member that is wrong */
export function requireEntityScopes(value: unknown): asserts value is EntityScopes {
  requireMembers('entityScopes', value, ['parts', 'sentence'])
  const { parts, sentence } = value as Partial<Record<keyof EntityScopes, unknown>>
  if (!Array.isArray(parts) || parts.length < 2) throw wrongOption('entityScopes.parts', 'must have two parts or more')
  for (const [index, part] of parts.entries()) requirePart(`entityScopes.parts[${index}]`, part)
  const names = parts.map(({ name }: ScopePart) => name)
  if (new Set(names).size < names.length) throw wrongOption('entityScopes.parts', 'must have a name once')
  if (typeof sentence !== 'string') throw wrongOption('entityScopes.sentence', 'must be a string')
  const missing = names.find((name) => !sentence.includes(`{${name}}`))
  if (missing !== undefined) throw wrongOption('entityScopes.sentence', `must contain "{${missing}}"`)
}

function requirePart(place: string, value: unknown): void {
  requireMembers(place, value, PART_MEMBERS)
  const { name, label, values, source, all = '', several = false } = value as Record<keyof ScopePart, unknown>
  if (typeof name !== 'string' || !NAME.test(name) || TAKEN.includes(name)) {
    throw wrongOption(
      `${place}.name`,
      `must be a word of letters and digits, other than ${TAKEN.map((taken) => `"${taken}"`).join(', ')}`,
    )
  }
  if (typeof label !== 'string') throw wrongOption(`${place}.label`, 'must be a string')
  if (typeof all !== 'string') throw wrongOption(`${place}.all`, 'must be a string')
  if (typeof several !== 'boolean') throw wrongOption(`${place}.several`, 'must be a boolean')
  if ((values === undefined) === (source === undefined)) throw wrongOption(place, 'must have either values or a source')
  if (values !== undefined) requireValues(`${place}.values`, values)
  else if (typeof source !== 'string' || !PATH.test(source)) {
    throw wrongOption(`${place}.source`, 'must be a path that begins with "/", without a query')
  }
}

function requireValues(place: string, values: unknown): void {
  const isList = Array.isArray(values) && values.length > 0
  if (!isList || !values.every(isValue)) {
    throw wrongOption(place, 'must be a list of { value, label }, each value a segment of a scope')
  }
}

function isValue(choice: unknown): boolean {
  const { value, label } = Object(choice)
  return typeof label === 'string' && typeof value === 'string' && isScopeName(value) && !/[:*]/.test(value)
}

function requireMembers(place: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null) throw wrongOption(place, 'must be an object')
  const unknown = Object.keys(value).find((name) => !known.includes(name))
  if (unknown !== undefined) throw wrongOption(`${place}.${unknown}`, 'is not a known member')
}
