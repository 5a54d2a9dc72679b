import { curlLine } from '@patkit/example-program'
import type { DemoName } from './demo-tokens.ts'
import { format } from './format.ts'

interface Example {
  readonly title: string
  readonly status: number
  readonly request: `${'GET' | 'POST'} /${string}`
  /** The text after `Bearer `; without it, no header is sent. */
  readonly credential?: string
}

/** What to try, one heading and one curl line each. The status in a heading is that of the answer. */
export function curlLines(url: string, tokens: Readonly<Record<DemoName, string>>): string {
  return examples(tokens)
    .map((example) => `${example.title}: ${example.status}\n${curl(url, example)}`)
    .join('\n')
}

function curl(url: string, { request, credential }: Example): string {
  const [method = '', path] = request.split(' ')
  return `  ${curlLine({ method, url: `${url}${path}`, credential })}`
}

function examples(tokens: Readonly<Record<DemoName, string>>): readonly Example[] {
  const { read, write, machine, expired, revoked, elsewhere } = tokens
  return [
    { title: 'Open to all', status: 200, request: 'GET /public' },
    { title: 'A valid token', status: 200, request: 'GET /whoami', credential: read },
    { title: 'A token with the scope', status: 200, request: 'GET /files', credential: read },
    { title: 'A token that may write', status: 201, request: 'POST /files', credential: write },
    { title: 'A token bound to a user', status: 200, request: 'GET /drive', credential: read },
    { title: 'No token', status: 401, request: 'GET /files' },
    { title: 'A malformed header', status: 400, request: 'GET /files', credential: 'two words' },
    { title: 'A mistyped token', status: 401, request: 'GET /files', credential: mistyped(read) },
    { title: 'An unknown token', status: 401, request: 'GET /files', credential: format.mint().reveal() },
    { title: 'An expired token', status: 401, request: 'GET /files', credential: expired },
    { title: 'A revoked token', status: 401, request: 'GET /files', credential: revoked },
    { title: 'A token for another address', status: 401, request: 'GET /files', credential: elsewhere },
    { title: 'A token without the scope', status: 403, request: 'POST /files', credential: read },
    { title: 'A token without a user', status: 403, request: 'GET /drive', credential: machine },
  ]
}

/** Its last character is another one, so that the checksum gives it away. */
function mistyped(token: string): string {
  return `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`
}
