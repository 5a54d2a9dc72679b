import type { Context } from 'hono'
import { createContractServer } from './contract-server.ts'

interface Info {
  readonly remoteAddr: { readonly hostname: string }
}
declare const Deno: {
  serve(
    options: { readonly port: number; readonly hostname: string; readonly onListen: (at: { port: number }) => void },
    fetch: (request: Request, info: Info) => Response | Promise<Response>,
  ): unknown
}

const fetch = createContractServer((c: Context<{ Bindings: Info }>) => c.env.remoteAddr.hostname)
const onListen = ({ port }: { port: number }) => console.log(`listening on ${port}`)
Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, fetch)
