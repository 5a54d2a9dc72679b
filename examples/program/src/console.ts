import { createVerifier } from '@patkit/core'
import type { SqlStore } from '@patkit/sql'
import type { Owner, TokenService } from '@patkit/tokens'
import { createSite, type Site, type SiteConsole } from 'patkit/sign-in'

/** The console of an example, and the person whom a start signs in there. */
export interface ExampleConsole {
  readonly tokens: TokenService
  /** An administrator of its organization. */
  readonly person: Owner
  /** Title, texts, columns and scope parts. Default those of the console. */
  readonly look?: SiteConsole
  /** Where it is mounted. Default `/console`. */
  readonly path?: string
  /** Answers the sources of scope parts, by their paths. Called for people with a session alone. */
  readonly sources?: Readonly<Record<string, EntitySource>>
}

export type EntitySource = (query: URLSearchParams, person: Owner) => EntityPage

/** A page of choices, as the console reads it. */
export interface EntityPage {
  readonly items: readonly { readonly id: string; readonly label: string }[]
  readonly more: boolean
}

/** The paths of the example's own API stay free. */
const API_PATH = '/console-api'

/** The console beside an example: its pages, its API and its sign-in. */
export function createConsole(example: ExampleConsole, store: SqlStore, publicUrl: string): Site {
  const { tokens, person, look, path, sources = {} } = example
  const { wildcards = false, implies = {} } = tokens.verifierOptions
  const site: Site = createSite({
    ...{ tokens, publicUrl, signIns: store.signIns, apiPath: API_PATH, scopeOptions: { wildcards, implies } },
    verifier: createVerifier(tokens.verifierOptions),
    organizationId: person.organizationId,
    administrators: [person.principalId],
    ...(look !== undefined && { consoleOptions: look }),
    ...(path !== undefined && { consolePath: path }),
    handlers: [{ handle: (request) => answerSource(request, sources, site) }],
  })
  return site
}

/** Names of entities are for people with a session, as the API of the console is. */
async function answerSource(
  request: Request,
  sources: NonNullable<ExampleConsole['sources']>,
  site: Site,
): Promise<Response | null> {
  const { pathname, searchParams } = new URL(request.url)
  const source = Object.hasOwn(sources, pathname) ? sources[pathname] : undefined
  if (source === undefined) return null
  const headers = { 'Cache-Control': 'no-store' }
  const signedIn = await site.signIn.session(request)
  if (signedIn === null) return new Response(null, { status: 401, headers })
  return Response.json(source(searchParams, signedIn.principal), { headers })
}
