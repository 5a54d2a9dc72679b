/** Columns of the table of tokens. `actions` has links to edit, rotate, revoke, regenerate and delete. */
export const COLUMNS = [
  'name',
  'status',
  'scopes',
  'lastUsed',
  'created',
  'ends',
  'description',
  'addresses',
  'user',
  'uses',
  'actions',
] as const

export type Column = (typeof COLUMNS)[number]

/** A text with `{placeholders}`, or its forms for numbers. */
export type ConsoleText = string | { readonly one: string; readonly other: string }

/** One segment of scopes such as `berlin:channels:c1:read`. */
export interface ScopePart {
  /** In the sentence, and as a parameter of later sources. */
  readonly name: string
  /** Above the choices. */
  readonly label: string
  /** The choices, where they are fixed. Either these or a source. */
  readonly values?: readonly { readonly value: string; readonly label: string }[]
  /** A path of the page's origin that answers with choices: `{ items: [{ id, label }], more }`. */
  readonly source?: string
  /** The label of `*`, such as `All domains`. Default no choice of all. */
  readonly all?: string
  /** Whether several choices make several scopes. Default one choice. */
  readonly several?: boolean
}

/** Scopes with an entity: each has one segment of each part, in this order. */
export interface EntityScopes {
  readonly parts: readonly ScopePart[]
  /** What a scope opens, with the name of each part in braces: `{operation} {type} {entity} in {domain}`. */
  readonly sentence: string
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
  readonly catalogue: Readonly<Record<string, ConsoleText>> | null
  readonly columns: readonly Column[] | null
  readonly entityScopes: EntityScopes | null
}
