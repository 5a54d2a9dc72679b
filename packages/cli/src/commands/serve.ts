import type { SignInRole } from '@patkit/sql'
import type { Command } from 'commander'
import { type AddCommand, option, type Session } from '../command.ts'
import { withDatabase } from '../database/database.ts'
import { EXIT } from '../errors.ts'
import { instantText } from '../options/values.ts'
import { forOwner } from '../output/principal.ts'
import { terminalText } from '../output/text.ts'
import { readServeSettings, type ServeArguments, type ServeSettings, withDefaults } from '../serve/settings.ts'
import { createLinks, requirePerson } from '../sign-in/links.ts'

const PLACE_OPTIONS = [
  option('--port <number>', 'the port to listen on (PATKIT_PORT; 4000)'),
  option('--public-url <url>', 'the address that browsers use (PATKIT_PUBLIC_URL; http://localhost:4000)'),
]

export function serveCommands(program: Command, add: AddCommand): void {
  const serve = add<ServeArguments>(program, {
    name: 'serve',
    summary: 'Serve the API, the console, sign-in, introspection, forward-auth and health, until a signal stops it',
    details:
      'Makes the tables, and a SQLite file patkit.db where no database is named. Until the first administrator exists, it prints a one-time link for the first one; without a terminal, it writes the link to a file.',
    common: ['db', 'organization', 'prefix'],
    options: [
      option('--host <address>', 'the address to listen on (PATKIT_HOST; localhost)'),
      ...PLACE_OPTIONS,
      option(
        '--link-file <file>',
        'where the first link goes without a terminal (PATKIT_LINK_FILE; patkit-first-link.txt)',
      ),
    ],
    examples: ['patkit serve', 'patkit serve --db sqlite:tokens.db --prefix acme_pat --port 0'],
    async run(session, given) {
      const { settings, serve } = withServe(session, given)
      // The API and the console are not loaded for other commands.
      const { serveUntilStopped } = await import('../serve/run.ts')
      await serveUntilStopped({ ...session, settings }, serve)
      return EXIT.done
    },
  })
  // As for the program.
  serve.enablePositionalOptions()
  addServeLink(serve, add)
  addAdministrators(serve, add)
}

interface LinkOptions extends ServeArguments {
  readonly principal: string
  readonly administrator?: boolean
}

function addServeLink(parent: Command, add: AddCommand): void {
  add<LinkOptions>(parent, {
    name: 'link',
    summary: 'Print a link that signs a user in, once, within 10 minutes',
    common: ['db', 'organization'],
    options: [
      option('--principal <id>', 'the user').makeOptionMandatory(),
      option('--administrator', 'the link also makes the user an administrator'),
      ...PLACE_OPTIONS,
    ],
    examples: ['patkit serve link --principal ada', 'patkit serve link --principal ada --administrator --json'],
    async run(session, given) {
      const { settings, serve } = withServe(session, given)
      const { world, printer } = session
      const owner = { organizationId: settings.organization, principalId: given.principal }
      const publicUrl = serve.publicUrl ?? `http://localhost:${serve.port}`
      const role: SignInRole = given.administrator === true ? 'administrator' : 'user'
      const link = await withDatabase(settings, world.clock, ({ store, tokens }) => {
        const links = createLinks({ signIns: store.signIns, tokens, publicUrl, clock: world.clock })
        return forOwner(owner, links.create(owner, role))
      })
      await printer.result(link, () => link.url)
      await printer.note(`The link works once, until ${instantText(link.endsAt)}.`)
      return EXIT.done
    },
  })
}

function addAdministrators(parent: Command, add: AddCommand): void {
  const group = parent.command('administrator').description('Manage who administers the organization.')
  add(group, {
    name: 'list',
    summary: 'List the administrators in the database; those of the configuration are in "serve.administrators"',
    common: ['db', 'organization'],
    examples: ['patkit serve administrator list'],
    async run(session) {
      const { settings } = withServe(session, {})
      const { world, printer } = session
      const items = await withDatabase(settings, world.clock, ({ store }) =>
        store.signIns.listAdministrators(settings.organization),
      )
      const rows = items.map((id) => ({ id }))
      await printer.rows({ items }, [{ title: 'principal', value: ({ id }) => id }], rows, 'No administrators.')
      return EXIT.done
    },
  })
  addAdministratorChange(group, add, 'add', 'Make a user an administrator')
  addAdministratorChange(group, add, 'remove', 'End the administration of a user; its sessions stay')
}

function addAdministratorChange(parent: Command, add: AddCommand, name: 'add' | 'remove', summary: string): void {
  add(parent, {
    name: `${name} <id>`,
    summary,
    common: ['db', 'organization'],
    examples: [`patkit serve administrator ${name} ada`],
    async run(session, _given, id) {
      const { settings } = withServe(session, {})
      const { world, printer } = session
      const owner = { organizationId: settings.organization, principalId: id as string }
      const isAdministrator = name === 'add'
      await withDatabase(settings, world.clock, async ({ store, tokens }) => {
        if (!isAdministrator) return store.signIns.removeAdministrator(owner)
        await forOwner(owner, requirePerson(tokens, owner))
        return store.signIns.addAdministrator(owner, new Date(world.clock()))
      })
      const state = isAdministrator ? 'is an administrator' : 'is no administrator'
      await printer.sentence({ ...owner, isAdministrator }, `${terminalText(owner.principalId)} ${state}.`)
      return EXIT.done
    },
  })
}

function withServe(session: Session, given: ServeArguments): { settings: Session['settings']; serve: ServeSettings } {
  const settings = withDefaults(session.settings, session.world)
  return { settings, serve: readServeSettings(given, settings, session.world) }
}
