/** Columns of the table of tokens. `actions` has links. */
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

/** States of a token, as the table and its filter have them. Without `soon`, a token that ends soon is active. */
export const STATUSES = ['active', 'soon', 'expired', 'revoked'] as const

export type Status = (typeof STATUSES)[number]

/** Links of the column `actions`. */
export const ACTIONS = ['view', 'edit', 'rotate', 'revoke', 'regenerate', 'delete'] as const

export type Action = (typeof ACTIONS)[number]

/** Lists of names that a host may choose from. */
export interface Choices {
  readonly columns: readonly Column[]
  readonly statuses: readonly Status[]
  readonly actions: readonly Action[]
}

export type ChoiceName = keyof Choices

export const CHOICES: Choices = { columns: COLUMNS, statuses: STATUSES, actions: ACTIONS }

/** What a list has where the host chooses nothing. */
export const USUAL_CHOICES: Choices = {
  columns: ['name', 'status', 'scopes', 'lastUsed', 'created', 'ends'],
  statuses: STATUSES,
  actions: ['edit', 'rotate', 'revoke', 'regenerate', 'delete'],
}

/** What a choice cannot go without. */
export const NEEDED_CHOICES: Readonly<Record<ChoiceName, string | null>> = {
  columns: 'name',
  statuses: null,
  actions: null,
}

export const PRINCIPAL_KINDS = ['user', 'service'] as const

export type PrincipalKind = (typeof PRINCIPAL_KINDS)[number]

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
export interface PageConfig extends Readonly<Record<ChoiceName, readonly string[] | null>> {
  readonly api: string
  readonly title: string | null
  readonly language: string | null
  readonly exampleVariable: string | null
  readonly exampleUrl: string | null
  readonly signInUrl: string | null
  readonly signOutUrl: string | null
  readonly catalogue: Readonly<Record<string, ConsoleText>> | null
  readonly principalKind: PrincipalKind | null
  readonly entityScopes: EntityScopes | null
}
