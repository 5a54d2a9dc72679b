import { instant, instantOut, scopeList, z } from '@patkit/api'
import { canonicalAddress } from '@patkit/core'
import type { TokenView } from '@patkit/tokens'

/** What a token may have of either, and one more to be refused by. */
const MOST_PARTS = 501
const SINGLE = { v4: '32', v6: '128' } as const

/** One text with a single space between two scopes (RFC 6749 §3.3). */
const scopeText = z
  .string()
  .transform((text) => text.split(' ', MOST_PARTS))
  .pipe(scopeList)
  .openapi({ type: 'string', example: 'customers applications' })

/** Addresses and no ranges, with nothing but commas between them. */
const addressText = z
  .string()
  .transform((text, context) => {
    const addresses = text.split(',', MOST_PARTS)
    if (addresses.every((address) => canonicalAddress(address) !== null)) return addresses
    context.addIssue({ code: 'custom', message: 'must be IP addresses with commas between them, and no spaces' })
    return z.NEVER
  })
  .openapi({ type: 'string', example: '192.168.1.1,192.168.1.2' })

export const creation = z.strictObject({
  data: z.strictObject({
    type: z.string().openapi({ enum: ['apiToken'] }),
    id: z.unknown().optional().openapi({ description: 'Not taken from clients: 403' }),
    attributes: z.strictObject({
      description: z.string(),
      scope: scopeText,
      expiration: instant,
      sourceIp: addressText.optional(),
    }),
  }),
})

export const apiToken = z
  .object({
    id: z.string().openapi({ pattern: '^[1-9]\\d*$', example: '19' }),
    type: z.literal('apiToken'),
    attributes: z.object({
      createdAt: instantOut,
      description: z.string(),
      expiration: instantOut.optional(),
      sourceIp: z.string().optional(),
      token: z.string().optional().openapi({ description: 'In the answer to its creation, and never again' }),
    }),
  })
  .openapi('ApiToken')

/** A token as the document shows it. What it has not is left out. */
export function resource(view: TokenView, token?: string): z.input<typeof apiToken> {
  const { id, name, description, createdAt, expiresAt, ipAllowlist } = view
  return {
    id,
    type: 'apiToken',
    attributes: {
      createdAt: createdAt.toISOString(),
      description: description ?? name,
      ...(expiresAt !== null && { expiration: expiresAt.toISOString() }),
      ...(ipAllowlist !== null && { sourceIp: ipAllowlist.map(addressOf).join(',') }),
      ...(token !== undefined && { token }),
    },
  }
}

/** On record an address is a range of one. */
function addressOf(range: string): string {
  const [address = '', bits] = range.split('/')
  return bits === (address.includes(':') ? SINGLE.v6 : SINGLE.v4) ? address : range
}
