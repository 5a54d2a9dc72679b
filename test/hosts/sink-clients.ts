import type { TokenRecord, Verifier } from '@patkit/core'
import { bearing, reader } from '../../packages/core/test/api.ts'
import { TOKEN } from './reader.ts'

/** Sends requests to the verifier of a module, and prints the id of each that was allowed. Runs until it is killed. */
const { verifier } = (await import(process.argv[2] as string)) as { readonly verifier: Verifier<TokenRecord> }
let sent = 0

async function client(): Promise<never> {
  for (;;) {
    const id = `request-${sent++}`
    const { rawHeaders } = bearing(TOKEN)
    const request = { rawHeaders: [...rawHeaders, 'X-Request-Id', id], peer: '203.0.113.9' }
    const decision = await verifier.verify(request, reader)
    if (decision.ok) process.stdout.write(`${id}\n`)
  }
}

await Promise.all(Array.from({ length: 32 }, client))
