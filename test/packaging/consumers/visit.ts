import type { AddressInfo } from 'node:net'
import { token } from './token.ts'

/** Asks once with the token and once without, prints both answers, and closes the server. */
export async function visit(server: { address(): AddressInfo | string | null; close(): unknown }): Promise<void> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/files/7`
  const allowed = await fetch(url, { headers: { authorization: `Bearer ${token.reveal()}`, connection: 'close' } })
  const denied = await fetch(url, { headers: { connection: 'close' } })
  const challenge = denied.headers.get('www-authenticate')
  console.log(JSON.stringify({ allowed: [allowed.status, await allowed.json()], denied: [denied.status, challenge] }))
  server.close()
}
