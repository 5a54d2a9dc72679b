export type { ConsoleOptions } from './console-options.ts'
export { expressConsole, honoConsole, koaConsole } from './mount.ts'
