import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const FOLDER = resolve(import.meta.dirname, '../../node_modules/.cache/patkit-trials')

/** The finished parts of a trial, in a file: a trial that was interrupted goes on where it stopped. */
export interface TrialRecord<T> {
  readonly file: string
  /** Oldest first. */
  done(): readonly T[]
  add(part: T): void
  /** For a trial that is complete: the next one begins anew. */
  forget(): void
}

/** @param again begins anew */
export function openTrialRecord<T>(name: string, again: boolean): TrialRecord<T> {
  const file = join(FOLDER, `${name}.jsonl`)
  const forget = () => rmSync(file, { force: true })
  if (again) forget()
  mkdirSync(dirname(file), { recursive: true })
  return {
    file,
    done() {
      if (!existsSync(file)) return []
      const lines = readFileSync(file, 'utf8').trim().split('\n').filter(Boolean)
      return lines.map((line) => JSON.parse(line) as T)
    },
    add: (part) => appendFileSync(file, `${JSON.stringify(part)}\n`),
    forget,
  }
}
