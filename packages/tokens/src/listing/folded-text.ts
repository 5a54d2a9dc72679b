import type { Token } from '../stores/token-store.ts'

/** A text in the form that searches compare: compatible forms and cases are equal. Stores keep it beside the name. */
export function foldedText(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** The searched text of a token, folded. The line break keeps a search from matching across name and description. */
export function searchText({ name, description }: Pick<Token, 'name' | 'description'>): string {
  return foldedText(`${name}\n${description ?? ''}`)
}
