const WHOLE = /^\{\{(\w+)\}\}$/
const ANY = /\{\{(\w+)\}\}/g

/** Values by name: what an answer was the first to say, and what a request then repeats. */
export type Names = Map<string, unknown>

/** Fills in the known names. */
export function filled(recorded: unknown, names: Names): unknown {
  if (typeof recorded === 'string') {
    const [, name] = WHOLE.exec(recorded) ?? []
    if (name !== undefined) return names.has(name) ? names.get(name) : recorded
    return recorded.replace(ANY, (text, inner: string) => String(names.get(inner) ?? text))
  }
  if (Array.isArray(recorded)) return recorded.map((item) => filled(item, names))
  if (typeof recorded !== 'object' || recorded === null) return recorded
  return Object.fromEntries(Object.entries(recorded).map(([key, value]) => [key, filled(value, names)]))
}

/** Gives each name that is new the value that stands in its place. */
export function learn(recorded: unknown, actual: unknown, names: Names): void {
  if (typeof recorded === 'string') {
    const [, name] = WHOLE.exec(recorded) ?? []
    if (name !== undefined && actual !== undefined && !names.has(name)) names.set(name, actual)
    return
  }
  if (typeof recorded !== 'object' || recorded === null || typeof actual !== 'object' || actual === null) return
  for (const [key, value] of Object.entries(recorded)) learn(value, (actual as Record<string, unknown>)[key], names)
}
