import type { TokenFormat } from '@patkit/core'
import { type JwtClaims, type JwtFormatOptions, jwtFormat } from '@patkit/jwt'
import { expectTypeOf } from 'vitest'

const rules = {
  issuer: 'https://idp.example/',
  audience: 'api',
  algorithms: ['RS256'],
  jwks: 'https://idp.example/jwks',
} as const
const team = (claims: JwtClaims) => (claims.team === 'red' ? 'red' : 'blue')

expectTypeOf(
  jwtFormat({ issuers: [{ ...rules, record: () => ({ team: 'red', quota: 1 }) }] }),
).toEqualTypeOf<TokenFormat>()
jwtFormat({ issuers: [{ ...rules, record: (claims) => ({ team: team(claims), quota: 1, userId: null }) }] })
jwtFormat({ issuers: [{ ...rules, record: () => ({ team: 'red', quota: 1 }), resolve: async () => ({ quota: 2 }) }] })
// @ts-expect-error members of the registered record have to come from somewhere
jwtFormat({ issuers: [rules] })
// @ts-expect-error all of them
jwtFormat({ issuers: [{ ...rules, record: () => ({ team: 'red' as const }) }] })
// @ts-expect-error no such team
jwtFormat({ issuers: [{ ...rules, record: () => ({ team: 'green', quota: 1 }) }] })
// @ts-expect-error the end is the JWT's
jwtFormat({ issuers: [{ ...rules, record: () => ({ team: 'red', quota: 1, expiresAt: null }) }] })
// @ts-expect-error a key or a URL
jwtFormat({ issuers: [{ ...rules, key: new Uint8Array(32), record: () => ({ team: 'red', quota: 1 }) }] })
// @ts-expect-error no signature at all
export const unsigned: JwtFormatOptions = { issuers: [{ ...rules, algorithms: ['none'] }] }
