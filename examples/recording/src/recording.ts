import { expect } from 'vitest'

/** The values of `{{name}}`. A new name in an answer takes its value from there. */
export type Names = Map<string, string>

const PLACEHOLDER = /\{\{(\w+)\}\}/g

/** @throws Error for a name that nothing has said yet */
export function filled(text: string, names: Names): string {
  return text.replace(PLACEHOLDER, (_, name: string) => {
    const value = names.get(name)
    if (value === undefined) throw new Error(`nothing is called ${name}`)
    return value
  })
}

export function filledAll(value: unknown, names: Names): unknown {
  return mapStrings(value, (text) => filled(text, names))
}

/** Compares deeply with the recorded value, and learns new names. */
export function expectRecorded(actual: unknown, recorded: unknown, names: Names, what: string): void {
  learn(actual, recorded, names)
  const known = mapStrings(recorded, (text) => text.replace(PLACEHOLDER, (whole, name) => names.get(name) ?? whole))
  expect(actual, what).toEqual(known)
}

function learn(actual: unknown, recorded: unknown, names: Names): void {
  if (typeof recorded === 'string') return void (typeof actual === 'string' && learnText(actual, recorded, names))
  if (typeof recorded !== 'object' || recorded === null) return
  for (const [member, value] of Object.entries(recorded)) learn(Object(actual)[member], value, names)
}

function learnText(actual: string, recorded: string, names: Names): void {
  const unknown: string[] = []
  const parts = recorded.split(/(\{\{\w+\}\})/).map((part) => {
    const name = /^\{\{(\w+)\}\}$/.exec(part)?.[1]
    if (name === undefined) return escaped(part)
    const value = names.get(name)
    if (value !== undefined) return escaped(value)
    unknown.push(name)
    return '([^\\s;]+)'
  })
  const found = new RegExp(`^${parts.join('')}$`).exec(actual)
  unknown.forEach((name, index) => {
    const value = found?.[index + 1]
    if (value !== undefined) names.set(name, value)
  })
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([member, item]) => [member, mapStrings(item, change)]))
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
