import { covers, isScopeName } from '@patkit/core'
import { statusOf } from '@patkit/tokens/store'
import type { Command } from 'commander'
import { type AddCommand, option, type Session } from '../command.ts'
import type { Rules } from '../config/rules.ts'
import { type Database, withDatabase } from '../database/database.ts'
import { EXIT, usageError } from '../errors.ts'
import { type Column, NONE } from '../output/table.ts'
import type { Style } from '../output/text.ts'

/** A scope that tokens hold. */
interface HeldScope {
  readonly scope: string
  readonly activeTokens: number
  /** What people read for it; `null` where no catalog has it. */
  readonly label: string | null
  /** Whether the catalog has it, or a wildcard that matches it; `null` without a catalog. */
  readonly known: boolean | null
}

export function scopesCommand(program: Command, add: AddCommand): void {
  add<{ readonly granting?: string }>(program, {
    name: 'scopes',
    summary: 'List the scopes that active tokens hold',
    details: 'With the number of tokens each. Scopes that are not in the catalog of the configuration are marked.',
    common: ['db'],
    options: [
      option('--organization <id>', 'of this organization alone; left out, of all'),
      option('--granting <scope>', 'only those that grant it, as themselves, by a wildcard or by implication'),
    ],
    examples: ['patkit scopes', 'patkit scopes --granting drive:read --organization acme --json'],
    async run(session, { granting }) {
      if (granting !== undefined && !isScopeName(granting)) throw usageError('--granting', 'must be a scope name')
      const { settings, printer, world } = session
      const counts = await withDatabase(settings, world.clock, (database) => countScopes(session, database))
      const items = [...counts]
        .filter(([scope]) => granting === undefined || covers([scope], [granting], settings.rules.scopeOptions))
        .map(([scope, activeTokens]) => heldScope(scope, activeTokens, settings.rules))
        .sort((a, b) => (a.scope < b.scope ? -1 : 1))
      await printer.rows({ items, next: null }, columns(printer.style), items, 'No active token holds such a scope.')
      return EXIT.done
    },
  })
}

async function countScopes({ settings, world }: Session, { store }: Database): Promise<Map<string, number>> {
  const { namedOrganization, rules } = settings
  const now = new Date(world.clock())
  const counts = new Map<string, number>()
  for await (const token of store.scan(namedOrganization === null ? {} : { organizationId: namedOrganization })) {
    if (statusOf(token, rules.life, now) !== 'active') continue
    for (const scope of token.scopes) counts.set(scope, (counts.get(scope) ?? 0) + 1)
  }
  return counts
}

function heldScope(scope: string, activeTokens: number, { catalog, scopeOptions }: Rules): HeldScope {
  if (catalog === null) return { scope, activeTokens, label: null, known: null }
  const label = Object.hasOwn(catalog.labels, scope) ? (catalog.labels[scope] ?? null) : null
  return { scope, activeTokens, label, known: label !== null || (scopeOptions.wildcards && scope.includes('*')) }
}

function columns(style: Style): readonly Column<HeldScope>[] {
  return [
    { title: 'scope', value: ({ scope }) => scope },
    { title: 'tokens', value: ({ activeTokens }) => String(activeTokens) },
    {
      title: 'label',
      value: ({ label, known }) => label ?? (known === false ? 'unknown' : NONE),
      least: 12,
      paint: (text, { known }) => (known === false ? style.red(text) : text),
    },
  ]
}
