import type { Creation } from '../api/models.ts'
import { hashOf } from '../route.ts'

/**
 * Text as one word of a POSIX shell, without control characters: links fill in names, and a terminal obeys those that
 * are pasted, also between quotes. The API takes none.
 */
export function quoted(text: string): string {
  const plain = text.replace(/\p{Cc}/gu, '')
  return /^[\w@%+=:,./-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", "'\\''")}'`
}

export function curlLine(url: string, creation: Creation): string {
  const headers = `-H 'Content-Type: application/json' -H "Authorization: Bearer $TOKEN"`
  return `curl ${headers} ${quoted(url)} -d ${quoted(JSON.stringify(creation))}`
}

export function patkitLine(principal: string, creation: Creation): string {
  const { name, description, scopes = [], ip_allowlist, user_id, expires_at, expires_in_days } = creation
  const words = ['patkit', 'token', 'create', '--principal', principal, '--name', name]
  if (description) words.push('--description', description)
  for (const scope of scopes) words.push('--scope', scope)
  for (const range of ip_allowlist ?? []) words.push('--ip', range)
  if (user_id) words.push('--user', user_id)
  if (expires_in_days !== undefined) words.push('--expires-in', `${expires_in_days}d`)
  else if (expires_at) words.push('--expires-at', expires_at)
  else words.push('--never')
  return words.map(quoted).join(' ')
}

/** A link to the form. */
export function formLink(segments: readonly string[], params: Readonly<Record<string, string>>): string {
  return `${location.origin}${location.pathname}${location.search}${hashOf(segments, params)}`
}
