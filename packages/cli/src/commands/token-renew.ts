import type { Command } from 'commander'
import { type AddCommand, option } from '../command.ts'
import { withDatabase } from '../database.ts'
import { requiredDuration } from '../duration.ts'
import { EXIT } from '../exit-code.ts'
import { EXPIRY_OPTIONS, type ExpiryOptions, expiryOf } from '../expiry-options.ts'
import { noteStaleness, printIssued, QUIET } from '../issued-token.ts'
import { requireFormat } from '../settings.ts'

interface RotateOptions {
  readonly overlap?: string
  readonly quiet?: boolean
}

interface RegenerateOptions extends ExpiryOptions {
  readonly quiet?: boolean
}

export function addTokenRotate(parent: Command, add: AddCommand): void {
  add<RotateOptions>(parent, {
    name: 'rotate <id>',
    summary: 'Give an active token a new secret, and show it once',
    details: 'The old one ends at once, or when the overlap is over or the new one is first used.',
    common: ['db', 'prefix', 'actor'],
    options: [option('--overlap <duration>', 'how long the old secret stays good at most (0s)'), QUIET],
    examples: [
      'patkit token rotate 01923e1c-7d2a-7000-8000-5b1f6f0c7a11 --overlap 24h',
      'patkit token rotate 01923e1c-7d2a-7000-8000-5b1f6f0c7a11 --quiet > new-token.txt',
    ],
    async run({ settings, printer, world }, { overlap, quiet }, id) {
      requireFormat(settings)
      const input = overlap === undefined ? {} : { overlapSeconds: requiredDuration('--overlap', overlap) }
      const issued = await withDatabase(settings, world.clock, async ({ tokens, token }) =>
        tokens.rotate(settings.actor, await token(id as string), id as string, input),
      )
      await printIssued(printer, issued, quiet === true)
      await noteStaleness(printer)
      return EXIT.done
    },
  })
}

export function addTokenRegenerate(parent: Command, add: AddCommand): void {
  add<RegenerateOptions>(parent, {
    name: 'regenerate <id>',
    summary: 'Give a revoked or expired token a new secret and a new life, and show it once',
    common: ['db', 'prefix', 'actor'],
    options: [...EXPIRY_OPTIONS, QUIET],
    examples: ['patkit token regenerate 01923e1c-7d2a-7000-8000-5b1f6f0c7a22 --expires-in 30d'],
    async run({ settings, printer, world }, given, id) {
      requireFormat(settings)
      const input = expiryOf(given)
      const issued = await withDatabase(settings, world.clock, async ({ tokens, token }) =>
        tokens.regenerate(settings.actor, await token(id as string), id as string, input),
      )
      await printIssued(printer, issued, given.quiet === true)
      return EXIT.done
    },
  })
}
