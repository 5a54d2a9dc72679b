import { Agent, request } from 'node:http'
import { DECIDED_AT } from './node-options.ts'

/** The answer to one request. */
export interface NodeAnswer {
  /** `null` for a broken connection. */
  readonly status: number | null
  /** When the node decided, in epoch milliseconds; `NaN` where it does not say. */
  readonly decidedAt: number
  readonly body: string
}

export interface Client {
  /** @param token `null` for a request without a credential */
  get(url: string, token: string | null): Promise<NodeAnswer>
  close(): void
}

/** Longer than any pause: a node that was paused answers what it was asked before. */
const TIMEOUT_MS = 15_000
const NO_ANSWER: NodeAnswer = { status: null, decidedAt: Number.NaN, body: '' }

export function createClient(): Client {
  const agent = new Agent({ keepAlive: true })
  return {
    get: (url, token) =>
      new Promise((resolve) => {
        const headers = token === null ? {} : { authorization: `Bearer ${token}` }
        const sent = request(url, { agent, headers, timeout: TIMEOUT_MS }, (response) => {
          let body = ''
          response.setEncoding('utf8')
          response.on('data', (text) => {
            body += text
          })
          const decidedAt = Number(response.headers[DECIDED_AT] ?? Number.NaN)
          response.on('end', () => resolve({ status: response.statusCode ?? null, decidedAt, body }))
          response.on('error', () => resolve(NO_ANSWER))
        })
        sent.on('timeout', () => sent.destroy())
        sent.on('error', () => resolve(NO_ANSWER))
        sent.end()
      }),
    close: () => agent.destroy(),
  }
}
