/** The script of the element for every host. */
import { defineTokens } from './element.tsx'

export { PatkitTokens } from './element.tsx'
export { english } from './text/english.ts'

defineTokens()
