import type { SignInLink, SignInRole, SignInStore } from '@patkit/sql'
import { type Owner, TokenError, type TokenService } from '@patkit/tokens'
import { newSecret, secretDigest } from './secret.ts'
import { findPrincipal } from './sessions.ts'

/** A link that signs its principal in, once. */
export interface IssuedLink {
  /** Secret: the code stands in the fragment, which no server and no log receives. */
  readonly url: string
  readonly endsAt: Date
}

export interface Links {
  /** @throws TokenError for a principal that is missing, disabled, or a service principal */
  create(owner: Owner, role?: SignInRole): Promise<IssuedLink>
  /**
   * The link of a code whose principal can sign in; `null` for an unknown, used or ended code. Makes the principal of a
   * first administrator.
   */
  find(code: unknown): Promise<SignInLink | null>
}

interface LinkSettings {
  readonly signIns: SignInStore
  readonly tokens: TokenService
  readonly publicUrl: string
  readonly clock: () => number
}

const LIFE_MS = 600_000
const ACTOR_ID = 'patkit serve'

export function createLinks({ signIns, tokens, publicUrl, clock }: LinkSettings): Links {
  return {
    async create(owner, role = 'user') {
      if (role !== 'first-administrator') await requirePerson(tokens, owner)
      const code = newSecret()
      const endsAt = new Date(clock() + LIFE_MS)
      await signIns.addLink({ digest: secretDigest(code) as string, owner, role, endsAt })
      return { url: new URL(`/sign-in#code=${code}`, publicUrl).href, endsAt }
    },
    async find(code) {
      const digest = secretDigest(code)
      const link = digest === null ? null : await signIns.findLink(digest, new Date(clock()))
      if (link === null) return null
      const { owner, role } = link
      if (role === 'first-administrator') {
        // Another administrator has been made since the link was.
        if ((await signIns.listAdministrators(owner.organizationId)).length > 0) return null
        await tokens.ensurePrincipal({ id: ACTOR_ID, scopes: null }, owner, { kind: 'user', ceiling: null })
      }
      const principal = await findPrincipal(tokens, owner)
      const canSignIn = principal !== null && principal.disabledAt === null && principal.kind === 'user'
      return canSignIn ? link : null
    },
  }
}

/** @throws TokenError for a principal that cannot sign in */
export async function requirePerson(tokens: TokenService, owner: Owner): Promise<void> {
  const { kind, disabledAt } = await tokens.getPrincipal(owner)
  if (kind !== 'user') {
    throw new TokenError(
      'ERR_PAT_INPUT_INVALID',
      'principalId must be a user: a service principal cannot sign in',
      'principalId',
    )
  }
  if (disabledAt !== null) throw new TokenError('ERR_PAT_PRINCIPAL_DISABLED', 'the principal is disabled')
}
