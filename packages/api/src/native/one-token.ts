import type { z } from '@hono/zod-openapi'
import type { NOTHING } from '../fields.ts'
import type { Entry, OwnerScene } from '../scene.ts'

/** What the rows about one token have in common. */
export interface OneToken {
  readonly row: {
    readonly entry: Entry<OwnerScene>
    readonly params: z.ZodObject
    readonly query: typeof NOTHING
  }
  readonly path: string
  /** Behind the names of operations. */
  readonly suffix: string
  readonly idOf: (parts: { readonly params: object }) => { readonly id: string }
}
