export { openChannel } from './database/channel.ts'
export { openStore } from './database/drivers.ts'
export { type DatabaseUrl, parseDatabaseUrl } from './database/url.ts'
export { CliError, type CliErrorCode } from './errors.ts'
