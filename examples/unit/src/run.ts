import type { MintingFormat } from '@patkit/core/adapter'
import { type Example, keptSecret, runExample, StartupError } from '@patkit/example-program'
import { curlLines } from './curl-lines.ts'
import { type DemoTokens, issueDemoTokens, USER } from './demo.ts'
import { newSigningKey, pasetoFormat } from './paseto-format.ts'
import { createUnit } from './unit.ts'

const KEY_FILE = 'unit.key'

const UNIT: Example = {
  name: 'unit',
  choices: {},
  async open({ store, channel, folder, clock }) {
    const format = await keptFormat(folder)
    const { listener, tokens: service, close } = createUnit({ store, channel, format, clock })
    return {
      listener,
      async introduce(url) {
        const tokens = await issueDemoTokens({ store, format, clock })
        const credentials = { token: tokens.bearer.secret, userId: USER.principalId }
        return {
          data: { url, credentials, routes: { customers: 'GET /customers' } },
          text: greeting(url, tokens, clock()),
        }
      },
      console: {
        ...{ tokens: service, person: USER },
        look: {
          title: 'Unit',
          language: 'en',
          columns: ['name', 'created', 'ends', 'addresses', 'status'],
          catalogue: { 'tokens.title': 'Org API tokens', 'tokens.name': 'Description', 'token.addresses': 'Source IP' },
        },
      },
      close,
    }
  },
}

export function run(args: readonly string[]): Promise<void> {
  return runExample(UNIT, args)
}

/** Tokens are good after a restart: they are signed with the same key. */
async function keptFormat(folder: string): Promise<MintingFormat> {
  const key = await keptSecret(folder, KEY_FILE, newSigningKey)
  try {
    return await pasetoFormat(key)
  } catch (cause) {
    // What paseto says of a key may repeat it.
    throw new StartupError(`${folder}/${KEY_FILE} is no k2.secret key; without the file, a new one is made`, { cause })
  }
}

function greeting(url: string, tokens: DemoTokens, now: number): string {
  const introduction = `Unit's Org API tokens, on ${url}. The token in these lines may do everything, for 30 days.`
  return [introduction, 'Paste them into another terminal:', '', curlLines(url, tokens, now), ''].join('\n')
}
