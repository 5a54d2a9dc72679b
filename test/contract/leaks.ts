import { inspect } from 'node:util'
import type { Observation } from './observation.ts'

/** Where a secret shows, by name: a test that fails must not print it either. */
export function leaks({ answers, heard, scenario }: Observation): string[] {
  const shown = { answers, events: heard.audit, faults: heard.faults }
  const secrets = Object.values(scenario.credential)
  return Object.entries(shown)
    .filter(([, value]) => secrets.some((secret) => fullText(value).includes(secret)))
    .map(([name]) => name)
}

function fullText(value: unknown): string {
  return inspect(value, {
    depth: null,
    maxArrayLength: null,
    maxStringLength: null,
    breakLength: Number.POSITIVE_INFINITY,
  })
}
