/** Where the user is: the segments of the path and the parameters of a hash such as `#/tokens/7?tab=events`. */
export interface Place {
  readonly segments: readonly string[]
  readonly params: URLSearchParams
}

export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#/, '').split(/\?(.*)/s, 2)
  const segments = path.split('/').filter((segment) => segment !== '')
  return { segments: segments.map(decoded), params: new URLSearchParams(query) }
}

type Params = Readonly<Record<string, string | null | undefined>>

/** The hash of a place. Empty parameters are left out. */
export function hashOf(segments: readonly string[], params: Params = {}): string {
  const entries = Object.entries(params).filter((entry): entry is [string, string] => Boolean(entry[1]))
  const query = new URLSearchParams(entries).toString()
  return `#/${segments.map(encodeURIComponent).join('/')}${query === '' ? '' : `?${query}`}`
}

/** Whose tokens a place is about; `null` for the caller's own. */
export type OwnerId = string | null

/** The segments of a place below an owner. */
export function ownerSegments(owner: OwnerId, ...segments: readonly string[]): readonly string[] {
  return owner === null ? segments : ['of', owner, ...segments]
}

/** The path of the API for the tokens of an owner. */
export function ownerPath(owner: OwnerId): string {
  return owner === null ? '' : `/principals/${encodeURIComponent(owner)}`
}

export function tokenPath(owner: OwnerId, id: string): string {
  return `${ownerPath(owner)}/tokens/${encodeURIComponent(id)}`
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
