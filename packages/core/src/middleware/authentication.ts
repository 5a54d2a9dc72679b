import { isThenable } from '../async.ts'
import type { Decision } from '../decision.ts'
import type { TokenRecord } from '../lookup/record.ts'
import type { AuthConfig } from './auth-config.ts'
import { type Check, type Outcome, passed } from './outcome.ts'
import { authOf, keepAlive, type RequestAuth, refused, setAuth } from './request-auth.ts'
import { appendVary } from './vary.ts'

/** Verifies requests. The same verifier twice on one request decides once. */
export function authentication<R extends TokenRecord, Q extends object, H>(config: AuthConfig<R, Q, H>): Check<Q, H> {
  const { verifier, reader } = config
  return (request) => {
    const earlier = authOf<R, Q, H>(request)
    const decision = earlier?.config.verifier === verifier ? earlier.decision : verifier.verify(request, reader)
    const vary = earlier === undefined ? verifier.vary : appendVary(earlier.vary, verifier.vary)
    const auth: RequestAuth<R, Q, H> = { config, request, vary, decision }
    setAuth(auth)
    return isThenable(decision)
      ? Promise.resolve(decision).then((made) => settle(auth, made))
      : settle(auth, decision as Decision<R>)
  }
}

function settle<R extends TokenRecord, Q extends object, H>(
  auth: RequestAuth<R, Q, H>,
  decision: Decision<R>,
): Outcome<H> {
  auth.decision = decision
  keepAlive(auth)
  const { config, vary } = auth
  if (decision.ok) return passed(decision.grant, vary)
  if (config.optional && decision.reason === 'missing_credential') return passed(null, vary)
  return refused(auth, decision, false)
}
