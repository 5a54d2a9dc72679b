import type { ClientAddressExplanation, Hop } from '@patkit/core/adapter'
import type { ListedNode } from '@patkit/sql'
import type { Command } from 'commander'
import { type AddCommand, option, type Session } from '../command.ts'
import { type Check, databaseChecks, formatCheck } from '../database/checks.ts'
import { nodeColumns, readNodes } from '../database/nodes.ts'
import { EXIT } from '../errors.ts'
import { CLIENT_OPTIONS, type ClientOptions, clientAddress } from '../options/client-address.ts'
import { type Column, NONE, table } from '../output/table.ts'
import type { Style } from '../output/text.ts'
import { terminalText, wrapped } from '../output/text.ts'

const MARKS = { ok: 'ok', problem: 'PROBLEM', skipped: 'skipped' } as const
/** The mark before the name of a check. */
const INDENT = 9

interface DoctorOptions extends ClientOptions {
  readonly nodes?: boolean
}

export function doctorCommand(program: Command, add: AddCommand): void {
  add<DoctorOptions>(program, {
    name: 'doctor',
    summary: 'Check for problems: format, database, migrations, clock, client addresses',
    details:
      'With --peer and --header it says hop by hop which client address such a request has. With --nodes it lists the running programs that report to the database: patkit serve, and those that call reportNode.',
    common: ['db', 'prefix'],
    options: [option('--nodes', 'also list the running programs and their problems'), ...CLIENT_OPTIONS],
    examples: [
      'patkit doctor',
      'patkit doctor --nodes',
      "patkit doctor --header 'X-Forwarded-For: 203.0.113.9, 10.0.0.7' --peer 10.0.0.1 --trusted-proxy 10.0.0.0/8",
      `patkit doctor --header 'Forwarded: for="[2001:db8::7]:4711"' --peer unix --trusted-proxy unix --forwarded-header forwarded`,
    ],
    async run(session, given) {
      const client = clientAddress(session, given)
      const found = given.nodes === true ? await readNodes(session) : null
      const checks = [
        formatCheck(session.settings),
        ...(await databaseChecks(session)),
        ...(found?.checks ?? []),
        ...clientChecks(client),
      ]
      await print(session, { checks, nodes: found?.nodes ?? null, client })
      return checks.some(({ state }) => state === 'problem') ? EXIT.refused : EXIT.done
    },
  })
}

function clientChecks(client: ClientAddressExplanation | null): readonly Check[] {
  if (client === null) return []
  if (client.client !== null) return [{ name: 'client address', state: 'ok', detail: client.client }]
  const detail = 'cannot be known: tokens with an allowlist are refused, and events have no address'
  return [{ name: 'client address', state: 'problem', detail }]
}

interface Diagnosis {
  readonly checks: readonly Check[]
  readonly nodes: readonly ListedNode[] | null
  readonly client: ClientAddressExplanation | null
}

async function print({ printer }: Session, { checks, nodes, client }: Diagnosis): Promise<void> {
  const ok = checks.every(({ state }) => state !== 'problem')
  const { style, width } = printer
  await printer.result({ ok, checks, ...(nodes !== null && { nodes }), clientAddress: client }, () => {
    const lines = checks.map((check) => line(check, width, style))
    const rows = (nodes ?? []).length === 0 ? [] : ['', table(nodeColumns(style), nodes ?? [], width, style).text]
    const hops = client === null ? [] : ['', table(hopColumns(style), client.hops, width, style).text]
    return [...lines, ...rows, ...hops].join('\n')
  })
}

function line({ name, state, detail }: Check, width: number, style: Style): string {
  const mark = { ok: style.green, problem: style.red, skipped: style.dim }[state](MARKS[state].padEnd(INDENT))
  const words = wrapped(terminalText(`${name}: ${detail}`), Math.max(INDENT, width - INDENT))
  return mark + words.join(`\n${' '.repeat(INDENT)}`)
}

const MEANINGS: Readonly<Record<Hop['reason'], string>> = {
  trusted: 'a trusted proxy: the hop before it counts',
  untrusted: 'the client: no trusted proxy confirms the addresses before it',
  leftmost: 'the client: trusted, with nothing before it',
  unreadable: 'no address: the client is unknown',
}

function hopColumns(style: Style): readonly Column<Hop>[] {
  return [
    { title: 'hop', value: ({ text }) => text ?? 'unknown', least: 20 },
    { title: 'address', value: ({ address }) => address ?? NONE },
    {
      title: 'is',
      value: ({ reason }) => MEANINGS[reason],
      paint: (text, { reason }) => (reason === 'unreadable' ? style.red(text) : text),
    },
  ]
}
