/** What a search looks in, and what it looks for: compatible forms and cases are one. Stores keep it beside the name. */
export function foldedText(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
