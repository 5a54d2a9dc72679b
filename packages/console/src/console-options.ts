import type { Api } from '@patkit/api'
import { refuseUnknownOptions, wrongOption } from '@patkit/core/adapter'
import { requireEntityScopes } from './entity-scopes.ts'
import {
  CHOICES,
  type ChoiceName,
  type Choices,
  type ConsoleText,
  type EntityScopes,
  NEEDED_CHOICES,
  type PageConfig,
  PRINCIPAL_KINDS,
  type PrincipalKind,
} from './page-config.ts'

export interface ConsoleOptions {
  /** The API that the page calls, or where it begins as the browser sees it: `/api`, or a URL of another origin. */
  readonly api: Api | string
  /** The title of the page. Default `Personal access tokens`. */
  readonly title?: string
  /** The language of the texts, such as `de`. Default that of the browser. */
  readonly language?: string
  /** The environment variable in the lines beside a secret. Default `API_TOKEN`. */
  readonly exampleVariable?: string
  /** The URL in these lines. Default the origin of the page. */
  readonly exampleUrl?: string
  /** Where a person signs in again once the session has ended. Default no link. */
  readonly signInUrl?: string
  /**
   * Where the page sends a POST to sign out. It then goes to the `location` of a JSON answer, or reloads. Default no button.
   */
  readonly signOutUrl?: string
  /** Texts that replace those of the console, by their keys. Default none. */
  readonly catalogue?: Readonly<Record<string, ConsoleText>>
  /** The columns of the table of tokens, in this order. Default name, status, scopes, lastUsed, created and ends. */
  readonly columns?: Choices['columns']
  /** The states of the filter and the table. Default active, soon (expires soon), expired and revoked. */
  readonly statuses?: Choices['statuses']
  /** The links of the column `actions`, in this order. Default edit, rotate, revoke, regenerate and delete. */
  readonly actions?: Choices['actions']
  /** The kind of principals that is listed first. Default both. */
  readonly principalKind?: PrincipalKind
  /** How scopes with an entity are put together. Default they are typed. */
  readonly entityScopes?: EntityScopes
}

const TEXTS = ['title', 'language', 'exampleVariable', 'exampleUrl', 'signInUrl', 'signOutUrl'] as const
const CHOICE_NAMES = Object.keys(CHOICES) as ChoiceName[]
/** A path from the root, but not `//host`; or a URL. */
const PLACE = /^(?:\/(?!\/)|https?:\/\/[^/])/

/** @throws TypeError naming the option that is wrong */
export function pageConfig(all: ConsoleOptions): PageConfig {
  const { api, catalogue, entityScopes, principalKind, columns, statuses, actions, ...options } = all
  const known = TEXTS as readonly string[]
  refuseUnknownOptions(Object.fromEntries(Object.entries(options).filter(([name]) => !known.includes(name))))
  for (const name of TEXTS) {
    const value: unknown = options[name]
    if (value !== undefined && typeof value !== 'string') throw wrongOption(name, 'must be a string')
    if (name.endsWith('Url') && value !== undefined) requirePlace(name, value as string)
  }
  if (catalogue !== undefined) requireCatalogue(catalogue)
  const chosen = { columns, statuses, actions }
  for (const name of CHOICE_NAMES) if (chosen[name] !== undefined) requireChoice(name, chosen[name])
  if (principalKind !== undefined && !PRINCIPAL_KINDS.includes(principalKind)) {
    throw wrongOption('principalKind', `must be one of ${PRINCIPAL_KINDS.join(', ')}`)
  }
  if (entityScopes !== undefined) requireEntityScopes(entityScopes)
  const texts = Object.fromEntries(TEXTS.map((name) => [name, options[name] ?? null])) as Texts
  const choices = Object.fromEntries(CHOICE_NAMES.map((name) => [name, chosen[name] ?? null])) as ChosenNames
  const look = {
    catalogue: catalogue ?? null,
    principalKind: principalKind ?? null,
    entityScopes: entityScopes ?? null,
  }
  return Object.freeze({ api: placeOf(api), ...texts, ...choices, ...look })
}

type ChosenNames = Pick<PageConfig, ChoiceName>
type Texts = Pick<PageConfig, (typeof TEXTS)[number]>

function requireCatalogue(catalogue: object): void {
  for (const [key, text] of Object.entries(catalogue)) {
    const forms: readonly unknown[] = typeof text === 'string' ? [text] : [text?.one, text?.other]
    if (!forms.every((form) => typeof form === 'string')) {
      throw wrongOption(`catalogue[${key}]`, 'must be a text, or { one, other }')
    }
  }
}

function requireChoice(option: ChoiceName, names: unknown): void {
  const known: readonly unknown[] = CHOICES[option]
  const needed = NEEDED_CHOICES[option]
  const isList = Array.isArray(names) && names.length > 0 && names.every((name) => known.includes(name))
  if (!isList || new Set(names).size < names.length || (needed !== null && !names.includes(needed))) {
    const least = needed === null ? 'one or more' : `"${needed}" and others`
    throw wrongOption(option, `must have ${least}, each once, of ${known.join(', ')}`)
  }
}

/** The origin of the API where it is not that of the page; `null` for the page's own. */
export function foreignOrigin({ api }: PageConfig): string | null {
  return api.startsWith('/') ? null : new URL(api).origin
}

function placeOf(api: unknown): string {
  const place = typeof api === 'string' ? api : (api as Api | undefined)?.basePath
  if (typeof place !== 'string') throw wrongOption('api', 'must be made by createApi, or be a path or a URL')
  if (place !== '') requirePlace('api', place)
  return place === '' ? '/' : place
}

function requirePlace(option: string, place: string): void {
  if (!PLACE.test(place) || !URL.canParse(place, 'http://localhost')) {
    throw wrongOption(option, 'must be a path that begins with "/", or an http or https URL')
  }
}
