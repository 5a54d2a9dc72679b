import { memoryStore } from '@patkit/tokens'

/** The store that the programs of the pages have. */
export const store = memoryStore()
