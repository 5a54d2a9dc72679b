import { type Client, createClient } from '../api/client.ts'

/** A page of choices, as the host answers. */
export interface Choices {
  readonly items: readonly { readonly id: string; readonly label: string }[]
  /** Whether there is a next page. */
  readonly more: boolean
}

const MOST = 100
/** An id that is one segment: another could be a wildcard or two segments. */
const ID = /^[^\s:*,]{1,200}$/

/** The origin of the page: no source is anywhere else. */
const host: Client = createClient('', () => null)

/** @param earlier the chosen segments of the parts before, by their names */
export async function readChoices(
  source: string,
  earlier: Readonly<Record<string, string>>,
  search: string,
  page: number,
  signal: AbortSignal,
): Promise<Choices> {
  const { items, more } = await host.get<Partial<Choices>>(source, { ...earlier, search, page }, signal)
  const usable = (items ?? []).filter(({ id, label }) => ID.test(id) && typeof label === 'string')
  return { items: usable.slice(0, MOST), more: more === true }
}
