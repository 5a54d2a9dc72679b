import type { Api } from '@patkit/api'
import { refuseUnknownOptions, wrongOption } from '@patkit/core/adapter'

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
  /** Where the page sends a POST to sign out. Default no button. */
  readonly signOutUrl?: string
}

/** What the page reads from `config.json`. */
export interface PageConfig {
  readonly api: string
  readonly title: string | null
  readonly language: string | null
  readonly exampleVariable: string | null
  readonly exampleUrl: string | null
  readonly signInUrl: string | null
  readonly signOutUrl: string | null
}

const TEXTS = ['title', 'language', 'exampleVariable', 'exampleUrl', 'signInUrl', 'signOutUrl'] as const
/** A path from the root, but not `//host`; or a URL. */
const PLACE = /^(?:\/(?!\/)|https?:\/\/[^/])/

/** @throws TypeError naming the option that is wrong */
export function pageConfig({ api, ...options }: ConsoleOptions): PageConfig {
  const known = TEXTS as readonly string[]
  refuseUnknownOptions(Object.fromEntries(Object.entries(options).filter(([name]) => !known.includes(name))))
  for (const name of TEXTS) {
    const value: unknown = options[name]
    if (value !== undefined && typeof value !== 'string') throw wrongOption(name, 'must be a string')
    if (name.endsWith('Url') && value !== undefined) requirePlace(name, value as string)
  }
  const texts = Object.fromEntries(TEXTS.map((name) => [name, options[name] ?? null])) as Omit<PageConfig, 'api'>
  return Object.freeze({ api: placeOf(api), ...texts })
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
