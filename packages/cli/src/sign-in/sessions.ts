import type { Session, SignInMethod, SignInStore } from '@patkit/sql'
import { type Owner, type Principal, TokenError, type TokenService } from '@patkit/tokens'
import { createCookie } from './cookie.ts'
import { newSecret, secretDigest } from './secret.ts'

/** A principal with a live session. */
export interface SignedIn {
  readonly principal: Principal
  /** How it was signed in; `null` for a session of a version that did not record it. */
  readonly method: SignInMethod | null
  /** The absolute end of the session. */
  readonly endsAt: Date
}

export interface Sessions {
  /**
   * Opens a session under a new id, and ends the one of the request: an id from before a sign-in opens nothing after it.
   *
   * @returns the value of `Set-Cookie`
   */
  open(request: Request, owner: Owner, method: SignInMethod): Promise<string>
  /** The principal of the request's session; `null` without a live one. Counts as a use. */
  find(request: Request): Promise<SignedIn | null>
  /** Ends the request's session. @returns the value of `Set-Cookie` that removes its id */
  end(request: Request): Promise<string>
}

interface SessionSettings {
  readonly signIns: SignInStore
  readonly tokens: TokenService
  readonly isSecure: boolean
  readonly idleMs: number
  readonly absoluteMs: number
  readonly clock: () => number
}

/** A use is written once in this time at most. */
const MOST_UNWRITTEN_MS = 60_000
/** A use is written at least so often within the idle time. */
const IDLE_PARTS = 10
const SECOND_MS = 1_000

export function createSessions(settings: SessionSettings): Sessions {
  const { signIns, absoluteMs, clock } = settings
  const cookie = createCookie('patkit_session', settings.isSecure)

  async function endOf(request: Request): Promise<void> {
    const digest = secretDigest(cookie.read(request))
    if (digest !== null) await signIns.endSession(digest)
  }

  return {
    async open(request, owner, method) {
      await endOf(request)
      const id = newSecret()
      const now = clock()
      const [createdAt, usedAt, endsAt] = [new Date(now), new Date(now), new Date(now + absoluteMs)] as const
      await signIns.addSession({ digest: secretDigest(id) as string, owner, method, createdAt, usedAt, endsAt })
      return cookie.write(id, Math.ceil(absoluteMs / SECOND_MS))
    },
    async find(request) {
      const digest = secretDigest(cookie.read(request))
      const session = digest === null ? null : await signIns.findSession(digest, new Date(clock()))
      return session === null ? null : signedIn(session, settings)
    },
    async end(request) {
      await endOf(request)
      return cookie.remove()
    },
  }
}

async function signedIn(session: Session, settings: SessionSettings): Promise<SignedIn | null> {
  const { signIns, tokens, idleMs, clock } = settings
  const idle = clock() - session.usedAt.getTime()
  const principal = idle < idleMs ? await findPrincipal(tokens, session.owner) : null
  if (principal === null || principal.disabledAt !== null) {
    await signIns.endSession(session.digest)
    return null
  }
  if (idle >= Math.min(MOST_UNWRITTEN_MS, idleMs / IDLE_PARTS)) {
    await signIns.touchSession(session.digest, new Date(clock()))
  }
  return { principal, method: session.method, endsAt: session.endsAt }
}

/** `null` for a principal that is missing. */
export async function findPrincipal(tokens: TokenService, owner: Owner): Promise<Principal | null> {
  try {
    return await tokens.getPrincipal(owner)
  } catch (error) {
    if (error instanceof TokenError && error.code === 'ERR_PAT_PRINCIPAL_NOT_FOUND') return null
    throw error
  }
}
