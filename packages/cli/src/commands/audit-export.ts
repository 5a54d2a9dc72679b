import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { LoggedEvent } from '@patkit/tokens'
import type { Command } from 'commander'
import { stringify } from 'csv-stringify'
import { inBulk } from '../bulk.ts'
import { type AddCommand, option } from '../command.ts'
import { withDatabase } from '../database/database.ts'
import { EXIT, usageError } from '../errors.ts'
import { AUDIT_OPTIONS, type AuditOptions, auditFilter, auditScope } from '../options/audit.ts'
import { choice, counted } from '../options/values.ts'
import { CSV_COLUMNS, csvCells } from '../output/audit.ts'
import { type Sink, withSink } from '../output/sink.ts'
import { jsonText, terminalText } from '../output/text.ts'

interface ExportOptions extends AuditOptions {
  readonly format?: string
  readonly output?: string
  readonly force?: boolean
}

const FORMATS = ['jsonl', 'csv'] as const
type Format = (typeof FORMATS)[number]

/** Lines are written together, so that a million of them are not a million writes. */
const CHUNK = 65_536

export function addAuditExport(parent: Command, add: AddCommand): void {
  add<ExportOptions>(parent, {
    name: 'export',
    summary: 'Write events out, the oldest first, as JSON lines or CSV',
    details:
      'In CSV, what a spreadsheet would take for a formula has an apostrophe before it, also behind another separator.',
    common: ['db'],
    options: [
      ...AUDIT_OPTIONS,
      option('--format <format>', `${FORMATS.join(' or ')} (jsonl)`),
      option('--output <file>', 'a file that only you can read, instead of stdout'),
      option('--force', 'overwrite a file that exists'),
    ],
    examples: [
      'patkit audit export --from 2026-01-01T00:00:00Z --until 2026-02-01T00:00:00Z > january.jsonl',
      'patkit audit export --format csv --output denied.csv --outcome denied',
      'patkit audit export --token 01923e1c-7d2a-7000-8000-5b1f6f0c7a11 | head -n 1',
    ],
    async run(session, given) {
      const { settings, printer, world } = session
      const format = choice('--format', given.format ?? 'jsonl', FORMATS)
      if (given.json === true && format !== 'jsonl') throw usageError('--json and --format csv', 'exclude each other')
      const filter = auditFilter(session, given)
      const scope = auditScope(session, given)
      const exported = await withDatabase(settings, world.clock, ({ audit }) =>
        withSink(world, given.output, given.force === true, (sink) =>
          inBulk(session, 'Exporting', async (bulk) => {
            let done = 0
            await send(reporting(), format, sink)
            return done

            async function* reporting() {
              for await (const event of audit.read(scope, filter)) {
                await bulk.turn()
                bulk.reached(`${done++} written`)
                yield event
              }
            }
          }),
        ),
      )
      const { output } = given
      if (output !== undefined) {
        await printer.sentence(
          { exported, output },
          `exported ${counted(exported, 'event')} to ${terminalText(output)}`,
        )
      }
      return EXIT.done
    },
  })
}

async function send(events: AsyncIterable<LoggedEvent>, format: Format, sink: Sink): Promise<void> {
  const take = async (chunks: AsyncIterable<unknown>) => {
    for await (const chunk of chunks) await sink.write(String(chunk))
  }
  if (format === 'jsonl') return take(inChunks(lines(events)))
  const csv = stringify({ header: true, columns: [...CSV_COLUMNS], escape_formulas: true })
  await pipeline(Readable.from(rows(events)), csv, take)
}

async function* lines(events: AsyncIterable<LoggedEvent>): AsyncGenerator<string> {
  for await (const event of events) yield `${jsonText(event)}\n`
}

/** Characters after which a spreadsheet with another separator would begin a cell, and read a formula. */
const INNER_FORMULA = /(?<=[;|\t]"*)(?=[=+\-@＝＋－＠])/gu

/** Control characters become visible, as everywhere; what a cell begins with is left to the writer of CSV. */
async function* rows(events: AsyncIterable<LoggedEvent>): AsyncGenerator<object> {
  for await (const event of events) {
    const cells = Object.entries(csvCells(event))
    yield Object.fromEntries(cells.map(([name, cell]) => [name, terminalText(cell.replace(INNER_FORMULA, "'"))]))
  }
}

async function* inChunks(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = ''
  for await (const text of texts) {
    chunk += text
    if (chunk.length < CHUNK) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}
