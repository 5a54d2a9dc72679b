import type { EntityScopes, ScopePart } from '../../src/page-config.ts'
import { filled } from '../text/translate.ts'

/** Stands for every entity in a segment. */
export const ALL = '*'
/** How many scopes are put together at once. */
export const MOST_AT_ONCE = 25

/** The chosen segments of each part, by its name. */
export type Selection = Readonly<Record<string, readonly string[]>>

/** One scope of each combination, and one more than may be; none until every part has a choice. */
export function scopesOfSelection({ parts }: EntityScopes, selection: Selection): readonly string[] {
  return combined(parts.map(({ name }) => selection[name] ?? []))
}

/** The scopes that a choice of all in one part would be among, with all values of later parts that have no choice. */
export function scopesOfAll({ parts }: EntityScopes, selection: Selection, index: number): readonly string[] {
  const segments = parts.map(({ name, values }, at) => {
    if (at === index) return [ALL]
    const chosen = selection[name] ?? []
    return chosen.length > 0 ? chosen : (values?.map(({ value }) => value) ?? [ALL])
  })
  return combined(segments).slice(0, MOST_AT_ONCE)
}

function combined(segments: readonly (readonly string[])[]): readonly string[] {
  return combinations(segments).map((row) => row.join(':'))
}

function combinations(segments: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return segments.reduce<readonly (readonly string[])[]>(
    (rows, choices) => rows.flatMap((row) => choices.map((choice) => [...row, choice])).slice(0, MOST_AT_ONCE + 1),
    [[]],
  )
}

/** Whether a scope has a segment of each part. */
export function isEntityScope({ parts }: EntityScopes, scope: string): boolean {
  const segments = scope.split(':')
  return segments.length === parts.length && parts.every((part, index) => isOf(part, segments[index] as string))
}

function isOf({ values, all }: ScopePart, segment: string): boolean {
  if (segment === ALL) return all !== undefined
  return segment !== '' && (values === undefined || values.some(({ value }) => value === segment))
}

/** Labels of entities by the segments of scopes up to and with their ids: an id may be that of several entities. */
export type Labels = Pick<ReadonlyMap<string, string>, 'get'>

/** What an entity scope opens, in the words of the host. Entities without a label have their ids. */
export function wordsOf({ parts, sentence }: EntityScopes, scope: string, labels: Labels): string {
  const segments = scope.split(':')
  const entries = parts.map((part, index) => [part.name, labelOf(part, segments.slice(0, index + 1), labels)] as const)
  return filled(sentence, Object.fromEntries(entries))
}

/** @param segments those of a scope up to the part */
export function labelOf(part: ScopePart, segments: readonly string[], labels: Labels): string {
  const segment = segments.at(-1) as string
  if (segment === ALL) return part.all ?? ALL
  return part.values?.find(({ value }) => value === segment)?.label ?? labels.get(segments.join(':')) ?? segment
}

/** The segments before a part, once for each combination of the choices. */
export function placesOf(parts: readonly ScopePart[], selection: Selection): readonly (readonly string[])[] {
  return combinations(parts.map(({ name }) => selection[name] ?? []))
}

/** A choice that replaces or joins the earlier ones; all and single ones exclude each other. */
export function toggled({ several = false }: ScopePart, chosen: readonly string[], value: string): readonly string[] {
  if (!several) return [value]
  if (chosen.includes(value)) return chosen.filter((one) => one !== value)
  return value === ALL ? [ALL] : [...chosen.filter((one) => one !== ALL), value]
}
