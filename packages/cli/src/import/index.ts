export type { ForeignToken, LineFault } from './foreign-token.ts'
export { isFault } from './foreign-token.ts'
export {
  type ImportAllOptions,
  type ImportProgress,
  type ImportReport,
  importAll,
} from './import-all.ts'
export type { FaultList, OwnerTally, Tally } from './import-tally.ts'
export { LAYOUTS, type LayoutName } from './layouts/layouts.ts'
export { type ForeignTokens, readForeignTokens } from './read-foreign-tokens.ts'
export type { ForeignDefaults, ReadOptions } from './read-options.ts'
