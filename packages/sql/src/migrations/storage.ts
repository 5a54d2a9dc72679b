import type { Migration } from 'kysely'
import type { Engine } from '../engine.ts'

/** The migrations that change how an engine stores a table that is there, by name. */
export function storageMigrations(engine: Engine): Readonly<Record<string, Migration>> {
  return {
    /** The last use of a token is written again and again, and no index has its columns. */
    '0120_token_room': {
      async up(db) {
        await engine.roomForUpdates?.('patkit_token').execute(db)
      },
    },
    /** Names of tokens have up to 255 characters. No index has them. */
    '0122_long_names': {
      async up(db) {
        await engine.longNames?.('patkit_token').execute(db)
      },
    },
  }
}
