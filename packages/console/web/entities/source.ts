import { type Client, createClient, type Query } from '../api/client.ts'

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

/** Whether a source can be asked for the label of an id. */
export const isEntityId = (id: string): boolean => ID.test(id)

/** @param query the segments of the parts before by their names, and a search and a page, or ids */
export async function readChoices(source: string, query: Query, signal?: AbortSignal): Promise<Choices> {
  const { items, more } = await host.get<Partial<Choices>>(source, query, signal)
  const usable = (items ?? []).filter(({ id, label }) => isEntityId(id) && typeof label === 'string')
  return { items: usable.slice(0, MOST), more: more === true }
}
