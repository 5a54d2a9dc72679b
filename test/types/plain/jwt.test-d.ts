import { tokenFormat } from '@patkit/core'
import { patAuth } from '@patkit/express'
import { jwtFormat } from '@patkit/jwt'
import { createTokenService, memoryStore } from '@patkit/tokens'

const rules = { issuer: 'https://idp.example/', audience: 'api', algorithms: ['RS256'] } as const
const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme_pat' }) })
const jwt = jwtFormat({ issuers: [{ ...rules, jwks: 'https://idp.example/jwks' }] })

patAuth({ ...tokens.verifierOptions, format: [...tokens.verifierOptions.format, jwt] })
createTokenService({ store: memoryStore(), format: [tokenFormat({ prefix: 'acme_pat' }), jwt] })
// @ts-expect-error a key or a URL is needed
jwtFormat({ issuers: [rules] })
