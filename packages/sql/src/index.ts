export type { EngineName } from './engine.ts'
export type { MigrateOptions } from './migrate.ts'
export type { Operations, ScanFilter } from './operations.ts'
export { type SqlStore, type SqlStoreOptions, sqlStore } from './store.ts'
