import { createVerifier } from '@patkit/core'
import type { SqlStore } from '@patkit/sql'
import type { Owner, TokenService } from '@patkit/tokens'
import { createSite, type Site } from 'patkit/sign-in'

/** The console of an example, and the person whom a start signs in there. */
export interface ExampleConsole {
  readonly tokens: TokenService
  /** An administrator of its organization. */
  readonly person: Owner
}

/** The paths of the example's own API stay free. */
const API_PATH = '/console-api'

/** The console beside an example: its pages, its API and its sign-in. */
export function createConsole({ tokens, person }: ExampleConsole, store: SqlStore, publicUrl: string): Site {
  const { wildcards = false, implies = {} } = tokens.verifierOptions
  return createSite({
    ...{ tokens, publicUrl, signIns: store.signIns, apiPath: API_PATH, scopeOptions: { wildcards, implies } },
    verifier: createVerifier(tokens.verifierOptions),
    organizationId: person.organizationId,
    administrators: [person.principalId],
  })
}
