import type { Principal } from '@patkit/tokens'
import type { Command } from 'commander'
import { type AddCommand, option, repeatable } from '../command.ts'
import type { Settings } from '../config/settings.ts'
import { type Database, withDatabase } from '../database/database.ts'
import { CliError, EXIT } from '../errors.ts'
import { noteNext, PAGE_OPTIONS, type PageOptions, pageOf } from '../options/page.ts'
import { choice } from '../options/values.ts'
import { forOwner, ownerText, principalColumns, principalDocument } from '../output/principal.ts'
import { terminalText } from '../output/text.ts'
import { instantOr, noteStaleness } from '../output/token.ts'
import { addPrincipalErase } from './principal-erase.ts'

interface CreateOptions {
  readonly kind?: string
  readonly ceiling?: readonly string[]
}

export function principalCommands(program: Command, add: AddCommand): void {
  const principal = program.command('principal').description('Manage who owns tokens.')
  addPrincipalCreate(principal, add)
  addSwitch(principal, add, 'disable', 'Stop all tokens of a principal, until it is enabled')
  addSwitch(principal, add, 'enable', 'Let the tokens of a principal work again')
  addPrincipalList(principal, add)
  addPrincipalErase(principal, add)
}

function addPrincipalCreate(parent: Command, add: AddCommand): void {
  add<CreateOptions>(parent, {
    name: 'create <id>',
    summary: 'Add a user or a service principal',
    common: ['db', 'organization', 'actor'],
    options: [
      option('--kind <kind>', 'user or service (user)'),
      repeatable('--ceiling <scope>', 'what its tokens may do at most; left out, what they say'),
    ],
    examples: [
      'patkit principal create grace',
      'patkit principal create builder --kind service --ceiling drive:read --ceiling drive:write',
    ],
    async run({ settings, printer, world }, { kind = 'user', ceiling = null }, id) {
      const principal: Principal = {
        organizationId: settings.organization,
        principalId: id as string,
        kind: choice('--kind', kind, ['user', 'service']),
        disabledAt: null,
        ceiling,
      }
      await withDatabase(settings, world.clock, (database) => created(database, settings, principal))
      await printer.sentence(principalDocument(principal), `created ${terminalText(principal.principalId)}`)
      return EXIT.done
    },
  })
}

/** An existing principal is not overwritten: its ceiling would be another one. */
async function created({ store, tokens }: Database, { actor }: Settings, principal: Principal): Promise<void> {
  if ((await store.findPrincipal(principal)) !== null) {
    throw new CliError('ERR_PAT_PRINCIPAL_EXISTS', 'the principal exists')
  }
  await tokens.putPrincipal(actor, principal)
}

function addSwitch(parent: Command, add: AddCommand, name: 'disable' | 'enable', summary: string): void {
  add(parent, {
    name: `${name} <id>`,
    summary,
    common: ['db', 'organization', 'actor'],
    examples: [`patkit principal ${name} ada`],
    async run({ settings, printer, world }, _given, id) {
      const disabledAt = name === 'disable' ? new Date(world.clock()) : null
      const principal = await withDatabase(settings, world.clock, (database) =>
        switched(database, settings, id as string, disabledAt),
      )
      const since = instantOr(principal.disabledAt, '')
      const state = principal.disabledAt === null ? 'enabled' : `disabled since ${since}`
      await printer.sentence(principalDocument(principal), `${terminalText(principal.principalId)} is ${state}.`)
      await noteStaleness(printer)
      return EXIT.done
    },
  })
}

/** Disabling twice keeps the first instant. In one step: a ceiling that is lowered meanwhile stays so. */
function switched(
  { tokens }: Database,
  { organization: organizationId, actor }: Settings,
  principalId: string,
  disabledAt: Date | null,
): Promise<Principal> {
  const owner = { organizationId, principalId }
  const change = (principal: Principal) =>
    (principal.disabledAt === null) === (disabledAt === null) ? principal : { ...principal, disabledAt }
  return forOwner(owner, tokens.changePrincipal(actor, owner, change))
}

function addPrincipalList(parent: Command, add: AddCommand): void {
  add<PageOptions>(parent, {
    name: 'list',
    summary: 'List the principals of an organization',
    common: ['db', 'organization'],
    options: PAGE_OPTIONS,
    examples: ['patkit principal list', 'patkit principal list --limit 2 --json'],
    async run({ settings, printer, world }, given) {
      const { organization: organizationId } = settings
      const { items, next } = await withDatabase(settings, world.clock, ({ tokens }) =>
        tokens.listPrincipals({ organizationId }, pageOf(given)),
      )
      const document = { items: items.map(principalDocument), next }
      const none = `No principals ${ownerText({ organizationId: settings.organization })}.`
      await printer.rows(document, principalColumns(printer.style), items, none)
      await noteNext(printer, next)
      return EXIT.done
    },
  })
}
