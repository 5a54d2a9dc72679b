import { z } from '@hono/zod-openapi'
import { callerTokens, principalTokens } from '../access-policy.ts'
import { NOTHING } from '../fields.ts'
import { type ApiShape, JSON_SHAPE } from '../shape.ts'
import { callerRow } from './caller-routes.ts'
import { oauthRows } from './oauth-routes.ts'
import { organizationRows } from './organization-routes.ts'
import { selfRows } from './self-routes.ts'
import { type Holder, tokenRows } from './token-routes.ts'

const OWN: Holder = { access: callerTokens, prefix: '', params: NOTHING, suffix: '' }

const OF_PRINCIPAL: Holder = {
  access: principalTokens('principal_id'),
  prefix: '/principals/{principal_id}',
  params: z.strictObject({ principal_id: z.string() }),
  suffix: 'OfPrincipal',
}

/**
 * patkit's own shape: every operation, on the caller's tokens and on those of principals it manages.
 *
 * @example
 * ```ts
 * import { createApi, nativeShape } from '@patkit/api'
 * import { createVerifier, tokenFormat } from '@patkit/core'
 * import { createTokenService, memoryStore } from '@patkit/tokens'
 *
 * const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme_pat' }) })
 * const verifier = createVerifier(tokens.verifierOptions)
 * const shape = { ...nativeShape(), title: 'Acme tokens' }
 * const api = createApi({ tokens, verifier, basePath: '/api', authenticate: () => null, shape })
 * ```
 */
export function nativeShape(): ApiShape {
  return {
    title: 'Personal access tokens',
    version: '1',
    ...JSON_SHAPE,
    routes: [
      callerRow(),
      ...tokenRows(OWN),
      ...tokenRows(OF_PRINCIPAL),
      ...organizationRows(),
      ...selfRows(),
      ...oauthRows(),
    ],
  }
}
