import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Browser } from '../../packages/cli/test/browser.ts'
import { type Served, served } from '../../packages/cli/test/served.ts'

export const EXAMPLES = new URL('../../examples/deploy/', import.meta.url)

/** `patkit serve` with the configuration of the example. */
export interface Deployed {
  readonly server: Served
  /** Signs the first administrator in, by the first link. */
  signIn(): Promise<Administrator>
  /** Stops it, and removes its files. */
  remove(): Promise<void>
}

export interface Administrator {
  readonly browser: Browser
  makeToken(scope: string): Promise<{ readonly id: string; readonly secret: string }>
  /** The allowed uses of a token, from the audit log. */
  usesOf(tokenId: string): Promise<unknown>
}

/**
 * @param pages the origin that browsers use
 * @param port where it listens on 127.0.0.1
 * @param trustedProxies those of the example by default
 */
export async function startDeployed(pages: string, port: number, trustedProxies?: string[]): Promise<Deployed> {
  const cwd = mkdtempSync(join(tmpdir(), 'patkit-deploy-'))
  const { serve, ...rest } = example()
  // Events are written before the answer, so that the log can be read at once.
  const configuration = { ...rest, ...(trustedProxies && { trustedProxies }), serve: { ...serve, audit: 'required' } }
  writeFileSync(join(cwd, 'patkit.json'), JSON.stringify(configuration))
  const args = ['--host', '127.0.0.1', '--port', String(port), '--public-url', pages]
  const server = await served(args, { cwd, clock: Date.now })
  return {
    server,
    async signIn() {
      const link = readFileSync(join(cwd, 'patkit-first-link.txt'), 'utf8').trim()
      expect(link.startsWith(`${pages}/sign-in#code=`)).toBe(true)
      const browser = server.browserAt(pages)
      const code = new URL(link).hash.slice('#code='.length)
      expect((await browser.post(`${pages}/sign-in/link`, { code })).status).toBe(200)
      return administrator(browser, pages)
    },
    async remove() {
      await server.stop()
      rmSync(cwd, { recursive: true, force: true })
    },
  }
}

function administrator(browser: Browser, pages: string): Administrator {
  return {
    browser,
    async makeToken(scope) {
      const answer = await browser.post(`${pages}/api/tokens`, { name: 'ci', scopes: [scope] })
      return (await answer.json()) as { id: string; secret: string }
    },
    async usesOf(tokenId) {
      const answer = await browser.get(`${pages}/api/audit?token_id=${tokenId}&outcome=allowed`)
      return ((await answer.json()) as { items: unknown }).items
    },
  }
}

/** `patkit.json` of the example. */
export function example(): {
  readonly trustedProxies: string[]
  readonly serve: {
    readonly original: { readonly method: string; readonly uri: string }
    readonly forwardAuth: Readonly<Record<string, readonly string[]>>
  }
} {
  return JSON.parse(readFileSync(new URL('patkit.json', EXAMPLES), 'utf8'))
}
