import type { Token } from './store.ts'

/** What a search looks in, and what it looks for: compatible forms and cases are one. Stores keep it beside the name. */
export function foldedText(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** What of a token is searched, folded: a line break keeps a search from matching across both. */
export function searchText({ name, description }: Pick<Token, 'name' | 'description'>): string {
  return foldedText(`${name}\n${description ?? ''}`)
}
