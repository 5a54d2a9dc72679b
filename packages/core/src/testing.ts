export { actingAs } from './acting-as.ts'
export { type MemorySink, memorySink } from './memory-sink.ts'
