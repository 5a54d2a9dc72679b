import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Choices, EntityScopes, PrincipalKind } from '../src/page-config.ts'
import type { Client } from './api/client.ts'
import type { Caller } from './api/models.ts'
import type { EntityLabels } from './entities/entity-labels.ts'
import type { Translate } from './text/translate.ts'

/** The DOM events of the element. */
export type ConsoleEvent = 'token-created' | 'token-revoked' | 'token-rotated' | 'token-deleted'

/** What every part of the console uses. */
export interface Console {
  readonly client: Client
  readonly t: Translate
  readonly language: string
  readonly caller: Caller
  /** Shows another place. `replaces` leaves no way back to the present one. */
  readonly go: (hash: string, replaces?: boolean) => void
  /** Says a sentence through the live region. */
  readonly announce: (text: string) => void
  /** Dispatches a DOM event with the id of the token, never with a secret. */
  readonly emit: (event: ConsoleEvent, tokenId: string) => void
  /** The environment variable and the address in the example lines beside a secret. */
  readonly example: { readonly variable: string; readonly url: string }
  /** The columns of the table of tokens, its states and its actions. */
  readonly choices: Choices
  /** The kind of principals that is listed first; `null` for both. */
  readonly principalKind: PrincipalKind | null
  /** How scopes with an entity are put together; `null` where they are typed. */
  readonly entityScopes: EntityScopes | null
  /** The labels of entities that the host has answered with. */
  readonly entityLabels: EntityLabels
  /** Where a person signs in again; `null` where the host does not say. */
  readonly signInUrl: string | null
  /** The whole address of the API. */
  readonly apiUrl: string
  /** The link of a place, for `href`. */
  readonly hrefOf: (hash: string) => string
}

export const ConsoleContext: ReturnType<typeof createContext<Console | null>> = createContext<Console | null>(null)

export function useConsole(): Console {
  const context = useContext(ConsoleContext)
  if (context === null) throw new TypeError('the console context is missing')
  return context
}
