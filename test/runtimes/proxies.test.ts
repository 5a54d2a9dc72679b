import type { TokenRecord, VerifierOptions } from '@patkit/core'
import { describe, expect, test } from 'vitest'
import { heardNothing } from '../contract/app.ts'
import { core } from '../contract/core.ts'
import { buildFormat } from '../contract/credentials.ts'
import { FRAMEWORKS, type Framework } from '../contract/frameworks.ts'
import { overSocket } from '../contract/over-socket.ts'
import { programsOf } from './pages.ts'

/** A request as it leaves the proxies of a page: the last of them, what they write, and who the client is. */
type Case = readonly [name: string, proxies: string, peer: string, forwarded: string | null, client: string | null]

const [APP_SERVICE, GATEWAY, FRONT_DOOR] = programsOf('azure.md') as [string, string, string]
const [CLOUDFLARE] = programsOf('cloudflare.md') as [string]
const FRONT_END = '169.254.129.1'
const EDGE = '172.68.10.20'

const AZURE: readonly Case[] = [
  ['App Service', APP_SERVICE, FRONT_END, '203.0.113.9:51234', '203.0.113.9'],
  ['App Service, a mapped peer', APP_SERVICE, `::ffff:${FRONT_END}`, '203.0.113.9:51234', '203.0.113.9'],
  ['App Service, IPv6', APP_SERVICE, FRONT_END, '[2001:db8::7]:51234', '2001:db8::7'],
  ['App Service, forged', APP_SERVICE, FRONT_END, '10.0.0.1, 203.0.113.9:51234', '203.0.113.9'],
  ['Application Gateway', GATEWAY, FRONT_END, '203.0.113.9:51234, 10.0.1.4:40112', '203.0.113.9'],
  ['Application Gateway, passed by', GATEWAY, FRONT_END, '203.0.113.9, 198.51.100.7:40112', '198.51.100.7'],
  ['Front Door', FRONT_DOOR, FRONT_END, '203.0.113.9, 147.243.12.34:29312', '203.0.113.9'],
  ['Front Door, IPv6', FRONT_DOOR, FRONT_END, '2001:db8::7, [2a01:111:2050::6]:29312', '2001:db8::7'],
  ['Front Door, passed by', FRONT_DOOR, FRONT_END, '203.0.113.9, 198.51.100.7:29312', '198.51.100.7'],
]

const ORIGIN: readonly Case[] = [
  ['IPv4', CLOUDFLARE, EDGE, '203.0.113.9', '203.0.113.9'],
  ['IPv6', CLOUDFLARE, '2606:4700::1', '2001:db8::7', '2001:db8::7'],
  ['forged', CLOUDFLARE, EDGE, '10.0.0.1, 203.0.113.9', '203.0.113.9'],
  ['not through Cloudflare', CLOUDFLARE, '198.51.100.7', '203.0.113.9', '198.51.100.7'],
  ['CF-Connecting-IP alone', CLOUDFLARE, EDGE, null, EDGE],
]

describe.each(FRAMEWORKS)('$name', (framework) => {
  test.each([...AZURE, ...ORIGIN])('%s', async (_name, block, peer, forwarded, client) => {
    const trustedProxies = await listIn(block)
    expect(await clientIp(framework, trustedProxies, peer, forwarded)).toBe(client)
  })
})

/** What a page assigns to `trustedProxies`. */
async function listIn(block: string): Promise<readonly string[]> {
  const code = encodeURIComponent(block.replace('const ', 'export const '))
  return (await import(/* @vite-ignore */ `data:text/javascript,${code}`)).trustedProxies
}

async function clientIp(
  framework: Framework,
  trustedProxies: readonly string[],
  peer: string,
  forwarded: string | null,
): Promise<string | null | undefined> {
  const heard = heardNothing()
  const source: VerifierOptions<TokenRecord> = {
    format: buildFormat('prefixed', core),
    resolve: () => null,
    audit: (event) => heard.audit.push(event),
    trustedProxies,
  }
  const app = { source, optional: false, peer: () => peer, onDeny: null, heard }
  const harness = await overSocket(framework)(app)
  const lines = ['CF-Connecting-IP: 192.0.2.66', ...(forwarded === null ? [] : [`X-Forwarded-For: ${forwarded}`])]
  await harness.send({ method: 'GET', path: '/whoami', lines, body: '' })
  await harness.close()
  const [event] = heard.audit
  return event?.kind === 'use' ? event.clientIp : undefined
}
