export type { ConsoleOptions } from './console-options.ts'
export { expressConsole, honoConsole, koaConsole } from './mount.ts'
export type { Column, ConsoleText, EntityScopes, ScopePart } from './page-config.ts'
