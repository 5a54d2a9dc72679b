export type { ExitCode } from './exit-code.ts'
export { run } from './run.ts'
export type { World } from './world.ts'
