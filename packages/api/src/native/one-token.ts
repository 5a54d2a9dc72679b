import type { z } from '@hono/zod-openapi'
import type { AccessPolicy, OwnerContext } from '../access-policy.ts'
import type { NOTHING } from '../fields.ts'

/** What the rows about one token have in common. */
export interface OneToken {
  readonly row: {
    readonly access: AccessPolicy<OwnerContext>
    readonly params: z.ZodObject
    readonly query: typeof NOTHING
  }
  readonly path: string
  /** Behind the names of operations. */
  readonly suffix: string
  readonly idOf: (parts: { readonly params: object }) => { readonly id: string }
}
