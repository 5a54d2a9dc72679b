import { randomBytes } from 'node:crypto'
import {
  type Actor,
  type CreateInput,
  createTokenService,
  type Owner,
  type TokenServiceOptions,
  type TokenStore,
} from '@patkit/tokens'

export interface DemoToken {
  /** The id at the first start on a database. */
  readonly id: string
  /** An id at a later start. Default: the first one and eight hex digits. */
  readonly laterId?: () => string
  readonly owner: Owner
  readonly input: CreateInput
}

/** What a start prints. */
export interface IssuedDemoToken {
  readonly id: string
  readonly secret: string
}

/** Issues a token of this start. Tokens of other starts, which may be running on the same database, stay as they are. */
export async function issueDemoToken(
  options: TokenServiceOptions,
  actor: Actor,
  { id, laterId = () => `${id}-${randomBytes(4).toString('hex')}`, owner, input }: DemoToken,
): Promise<IssuedDemoToken> {
  const issue = async (ownId: string): Promise<IssuedDemoToken> => {
    const { secret } = await createTokenService({ ...options, ids: () => ownId }).create(actor, owner, input)
    return { id: ownId, secret: secret.reveal() }
  }
  if (await wasUsed(options.store, owner, id)) return issue(laterId())
  try {
    return await issue(id)
  } catch (error) {
    // Another start was first.
    if (!(await wasUsed(options.store, owner, id))) throw error
    return issue(laterId())
  }
}

/** Also by a token that was deleted: nodes still refuse records of its id with earlier versions. */
async function wasUsed(store: TokenStore, owner: Owner, id: string): Promise<boolean> {
  return (await store.find(owner, id)) !== null || (await store.history(owner, id)).length > 0
}
