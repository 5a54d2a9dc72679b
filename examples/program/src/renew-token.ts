import {
  type Actor,
  type CreateInput,
  createTokenService,
  type Issued,
  type Owner,
  TokenError,
  type TokenServiceOptions,
} from '@patkit/tokens'

export interface DemoToken {
  /** The same at every start. */
  readonly id: string
  readonly owner: Owner
  readonly input: CreateInput
}

/** Others may start at the same time, and be the first to make a token. */
const MOST_ATTEMPTS = 5

/** A token with a new secret at every start; what was done to it, and with it, stays on record. @returns the secret */
export async function renewToken(
  options: TokenServiceOptions,
  actor: Actor,
  { id, owner, input }: DemoToken,
): Promise<string> {
  const tokens = createTokenService({ ...options, ids: () => id })

  async function attempt(): Promise<Issued> {
    const present = await options.store.find(owner, id)
    if (present === null) return tokens.create(actor, owner, input)
    const { status } = await tokens.get(owner, id)
    if (status === 'active') return tokens.rotate(actor, owner, id)
    return tokens.regenerate(actor, owner, id, input.expiry === undefined ? {} : { expiry: input.expiry })
  }

  return (await persistently(attempt)).secret.reveal()
}

async function persistently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof TokenError) || attempts === MOST_ATTEMPTS) throw error
    }
  }
}
