import { render } from 'preact'
import {
  CHOICES,
  type ChoiceName,
  type Choices,
  type EntityScopes,
  NEEDED_CHOICES,
  PRINCIPAL_KINDS,
  USUAL_CHOICES,
} from '../src/page-config.ts'
import type { CsrfHeaders } from './api/client.ts'
import { App, type Settings } from './app.tsx'
import styles from './style.css?inline'
import { english } from './text/english.ts'
import type { Catalogue } from './text/translate.ts'

/** Languages that come with the console beside English. Their texts are loaded when they are needed. */
const LANGUAGES: Readonly<Record<string, () => Promise<Catalogue>>> = {
  de: async () => (await import('./text/german.ts')).german,
}

let sheet: CSSStyleSheet | null = null

/**
 * `<patkit-tokens api="/api">`: the tokens of the caller, in one shadow root.
 *
 * Attributes: `api` (where the API begins, required), `principal` (another owner), `lang`, `routing="memory"` (the URL of
 * the host stays as it is), `columns` and `actions` of the table and `statuses` of its filter (separated by spaces),
 * `principal-kind` (listed first), `example-variable` and `example-url` (for the lines beside a secret), `sign-in-url`.
 * Events, with `detail.tokenId`: `token-created`, `token-revoked`, `token-rotated`, `token-deleted`.
 */
export class PatkitTokens extends HTMLElement {
  static readonly observedAttributes: readonly string[] = [
    ...['api', 'principal', 'lang', 'routing', 'columns', 'statuses', 'actions', 'principal-kind'],
    ...['example-variable', 'example-url', 'sign-in-url'],
  ]
  #catalogue: Partial<Catalogue> = {}
  #csrf: CsrfHeaders | null = null
  #entityScopes: EntityScopes | null = null
  #texts: Catalogue = english
  #language = 'en'

  /** Texts that replace those of the console. */
  get catalogue(): Partial<Catalogue> {
    return this.#catalogue
  }
  set catalogue(catalogue: Partial<Catalogue> | null) {
    this.#catalogue = catalogue ?? {}
    reportUnknown('catalogue', Object.keys(this.#catalogue), Object.keys(english))
    this.#draw()
  }

  /** Headers for every request that changes something, such as a CSRF token. */
  get csrf(): CsrfHeaders | null {
    return this.#csrf
  }
  set csrf(csrf: CsrfHeaders | null) {
    this.#csrf = csrf
    this.#draw()
  }

  /** How scopes with an entity are put together. */
  get entityScopes(): EntityScopes | null {
    return this.#entityScopes
  }
  set entityScopes(entityScopes: EntityScopes | null) {
    this.#entityScopes = entityScopes ?? null
    this.#draw()
  }

  connectedCallback(): void {
    this.#takeEarlyProperties()
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    root.adoptedStyleSheets = [sharedSheet()]
    void this.#speak()
  }

  disconnectedCallback(): void {
    // A host may move the element: it keeps its state when it is put back within the same task.
    queueMicrotask(() => {
      if (!this.isConnected && this.shadowRoot !== null) render(null, this.shadowRoot)
    })
  }

  attributeChangedCallback(name: string): void {
    if (name === 'lang') void this.#speak()
    else this.#draw()
  }

  /** Draws in the language of the element or of the page. */
  async #speak(): Promise<void> {
    const wanted = (this.closest('[lang]')?.getAttribute('lang') ?? navigator.language).toLowerCase()
    const base = wanted.split('-')[0] as string
    const load = Object.hasOwn(LANGUAGES, base) ? LANGUAGES[base] : undefined
    this.#texts = (await load?.()) ?? english
    this.#language = canonicalLanguage(wanted)
    this.#draw()
  }

  #draw(): void {
    if (!this.isConnected || this.shadowRoot === null) return
    render(<App key={this.getAttribute('api')} settings={this.#settings()} />, this.shadowRoot)
  }

  #settings(): Settings {
    return {
      api: this.getAttribute('api') ?? '/api',
      principal: this.getAttribute('principal'),
      language: this.#language,
      texts: this.#texts,
      catalogue: this.#catalogue,
      csrf: this.#csrf,
      example: {
        variable: this.getAttribute('example-variable') ?? 'API_TOKEN',
        url: this.getAttribute('example-url') ?? `${location.origin}/`,
      },
      choices: {
        columns: chosenOf('columns', this.getAttribute('columns')),
        statuses: chosenOf('statuses', this.getAttribute('statuses')),
        actions: chosenOf('actions', this.getAttribute('actions')),
      },
      principalKind: PRINCIPAL_KINDS.find((kind) => kind === this.getAttribute('principal-kind')) ?? null,
      entityScopes: this.#entityScopes,
      signInUrl: safeUrl(this.getAttribute('sign-in-url')),
      hasHash: this.getAttribute('routing') !== 'memory',
      emit: (type, tokenId) => {
        this.dispatchEvent(new CustomEvent(type, { detail: { tokenId }, bubbles: true, composed: true }))
      },
    }
  }

  /** A host may have set properties before the element was defined. */
  #takeEarlyProperties(): void {
    for (const name of ['catalogue', 'csrf', 'entityScopes'] as const) {
      if (!Object.hasOwn(this, name)) continue
      const value = this[name]
      delete (this as Partial<PatkitTokens>)[name]
      Object.assign(this, { [name]: value })
    }
  }
}

function sharedSheet(): CSSStyleSheet {
  if (sheet === null) {
    sheet = new CSSStyleSheet()
    sheet.replaceSync(styles)
  }
  return sheet
}

/** The chosen names of a list. A name that is not known is reported, and left out. */
function chosenOf<Name extends ChoiceName>(list: Name, names: string | null): Choices[Name] {
  if (names === null) return USUAL_CHOICES[list]
  const known: readonly string[] = CHOICES[list]
  const wanted = names.split(/[\s,]+/).filter((name) => name !== '')
  reportUnknown(list, wanted, known)
  const chosen = [...new Set(wanted.filter((name) => known.includes(name)))]
  const needed = NEEDED_CHOICES[list]
  const isUsable = needed === null ? chosen.length > 0 : chosen.includes(needed)
  return isUsable ? (chosen as unknown as Choices[Name]) : USUAL_CHOICES[list]
}

/** Reports an error to the page, and goes on. */
function reportUnknown(place: string, names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    if (!known.includes(name)) reportError(new TypeError(`patkit-tokens: ${place} has an unknown name "${name}"`))
  }
}

function canonicalLanguage(tag: string): string {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? 'en'
  } catch {
    return 'en'
  }
}

/** `javascript:` and the like are no place to sign in. */
function safeUrl(text: string | null): string | null {
  if (text === null || !URL.canParse(text, location.href)) return null
  return /^https?:$/.test(new URL(text, location.href).protocol) ? text : null
}

/** Defines the element, unless the page has loaded it before. */
export function defineTokens(): void {
  if (customElements.get('patkit-tokens') === undefined) customElements.define('patkit-tokens', PatkitTokens)
}
