export type { ConsoleOptions } from './console-options.ts'
export { expressConsole, honoConsole, koaConsole } from './mount.ts'
export type { Action, Column, ConsoleText, EntityScopes, PrincipalKind, ScopePart, Status } from './page-config.ts'
