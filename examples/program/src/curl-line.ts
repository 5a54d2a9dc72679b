export interface CurlRequest {
  readonly method: string
  readonly url: string
  /** The text after `Bearer `; without it, no header is sent. */
  readonly credential?: string | undefined
  /** Sent as JSON. */
  readonly body?: object | undefined
  /** What that JSON is called. Default `application/json`. */
  readonly mediaType?: string
}

/** A request as a line to paste. Headers go in double quotes, which every shell takes; JSON needs a POSIX shell. */
export function curlLine({ method, url, credential, body, mediaType = 'application/json' }: CurlRequest): string {
  const words = ['curl -i -w "\\n"']
  if (method !== 'GET') words.push('-X', method)
  if (credential !== undefined) words.push(`-H "Authorization: Bearer ${credential}"`)
  if (body !== undefined) words.push(`-H "Content-Type: ${mediaType}"`, `-d '${JSON.stringify(body)}'`)
  // Shells take `?` and `&` for themselves.
  return [...words, /[?&]/.test(url) ? `"${url}"` : url].join(' ')
}
