import type { Settings } from './settings.ts'

/** One thing that was looked at. */
export interface Check {
  readonly name: string
  readonly state: 'ok' | 'problem' | 'skipped'
  readonly detail: string
}

/** A token that is made and read back, as an API with these settings would. */
export function formatCheck({ format, foreignFormats, pepperIds }: Settings): Check {
  const name = 'format'
  if (format === null) return { name, state: 'skipped', detail: 'neither --prefix nor PATKIT_PREFIX is given' }
  const token = format.mint().reveal()
  if (!format.accepts(token) || !format.check(token)) {
    return { name, state: 'problem', detail: `a token of ${format.name} does not pass its own check` }
  }
  const peppers = pepperIds.length === 0 ? 'no peppers' : `peppers ${pepperIds.join(', ')}`
  const others = foreignFormats.map(({ name: foreign }) => `, also ${foreign}`).join('')
  return { name, state: 'ok', detail: `${format.name}_ and 36 characters, ${peppers}${others}` }
}
