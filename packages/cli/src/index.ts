export type { ExitCode } from './errors.ts'
export { run } from './run.ts'
export type { World } from './world.ts'
