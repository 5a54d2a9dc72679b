import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Passage } from '@patkit/example-recording'

/** A part of EUnifyer's page on personal access tokens. */
interface PagePassage extends Passage {
  /** The name of a piece of code, which is run or compared as it stands here. */
  readonly snippet?: string
}

const FILE = join(import.meta.dirname, 'document.json')

export const DOCUMENT: readonly PagePassage[] = JSON.parse(readFileSync(FILE, 'utf8'))

export function snippet(name: string): string {
  const passage = DOCUMENT.find((candidate) => candidate.snippet === name)
  if (passage === undefined) throw new Error(`the document has no snippet ${name}`)
  return passage.says
}
