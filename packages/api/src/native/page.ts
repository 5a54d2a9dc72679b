import { z } from '@hono/zod-openapi'

/** A page of a list, and where the next one begins. */
export const page = <T extends z.ZodType>(items: T) =>
  z.object({ items: z.array(items), next_cursor: z.string().nullable() })
