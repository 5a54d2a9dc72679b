import type { RequestListener } from 'node:http'
import type { Audit } from '@patkit/core'
import { type Example, runExample } from '@patkit/example-program'
import { createTokenService, type TokenService } from '@patkit/tokens'
import { curlLines } from './curl-lines.ts'
import { type DemoSecrets, issueDemoTokens, USER } from './demo-tokens.ts'
import { expressApp } from './express.ts'
import { format } from './format.ts'
import { honoApp } from './hono.ts'
import { koaApp } from './koa.ts'
import { scopes } from './scopes.ts'

type Framework = 'express' | 'koa' | 'hono'

const APPS: Readonly<Record<Framework, (tokens: TokenService, audit: Audit) => RequestListener>> = {
  express: expressApp,
  koa: koaApp,
  hono: honoApp,
}

const QUICKSTART: Example<{ readonly framework: Framework }> = {
  name: 'quickstart',
  choices: { framework: { values: ['express', 'koa', 'hono'], help: 'what it is written in' } },
  open({ store, channel, json, choices: { framework } }) {
    const tokens = createTokenService({ store, channel, format, scopes })
    const audit: Audit = (event) => console.log(`${json ? '' : 'audit '}${JSON.stringify(event)}`)
    return {
      listener: APPS[framework](tokens, audit),
      async introduce(url) {
        const secrets = await issueDemoTokens(store)
        return { data: { url, framework, tokens: secrets }, text: greeting(framework, url, secrets) }
      },
      console: { tokens, person: USER },
      close: () => tokens.close(),
    }
  },
}

export function run(args: readonly string[]): Promise<void> {
  return runExample(QUICKSTART, args)
}

function greeting(framework: Framework, url: string, tokens: DemoSecrets): string {
  const labels = Object.entries(scopes.labels).map(([name, label]) => `  ${name}: ${label}`)
  const introduction = `The quickstart listens on ${url} (${framework}). Its scopes:`
  const invitation = 'Paste these lines into another terminal; the audit events appear here.'
  return [introduction, ...labels, '', invitation, '', curlLines(url, tokens), ''].join('\n')
}
