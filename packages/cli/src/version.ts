import { readFileSync } from 'node:fs'

/** The version of this package: its manifest is beside `src`, and beside `dist`. */
export function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}
