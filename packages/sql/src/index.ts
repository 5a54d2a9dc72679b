export type { EngineName } from './engine.ts'
export { type SqlStore, type SqlStoreOptions, sqlStore } from './store.ts'
