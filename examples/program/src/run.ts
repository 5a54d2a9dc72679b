import { createServer } from 'node:http'
import type { Site } from 'patkit/sign-in'
import { type CommandLine, DEFAULT_PORT, helpOf, readCommandLine } from './command-line.ts'
import { createConsole } from './console.ts'
import { openChannel, openStore, usingDatabase } from './database.ts'
import type { Example, ExampleContext, Introduction, Opened } from './example.ts'
import { closeOnSignal, listen, listenFrom } from './listen.ts'
import { StartupError } from './startup-error.ts'

/** Runs an example until a signal ends it. What keeps it from starting is said in one line, with exit status 1. */
export async function runExample<C extends Readonly<Record<string, string>>>(
  example: Example<C>,
  args: readonly string[],
): Promise<void> {
  try {
    const commandLine = readCommandLine(args, example.name, example.choices)
    if (commandLine.help) console.log(helpOf(example.name, example.choices))
    else await start(example, commandLine)
  } catch (error) {
    if (!(error instanceof StartupError)) throw error
    console.error(`${example.name}: ${error.message}`)
    process.exitCode = 1
  }
}

async function start<C extends Readonly<Record<string, string>>>(
  example: Example<C>,
  { port, database, folder, json, choices }: CommandLine,
): Promise<void> {
  const store = await openStore(database)
  const channel = await openChannel(database, store)
  const opened = await openExample(example, { store, channel, folder, json, choices: choices as C, clock: Date.now })
  let site: Site | null = null
  const server = createServer((req, res) => {
    const own = () => opened.listener(req, res)
    return site === null ? own() : site.middleware(req, res, own)
  })
  const close = async () => {
    await opened.close()
    await store[Symbol.asyncDispose]()
  }
  try {
    const url = await (port === null ? listenFrom(server, DEFAULT_PORT) : listen(server, port))
    if (port === null && !url.endsWith(`:${DEFAULT_PORT}`)) console.error(movedNote(example.name, url))
    server.once('close', close)
    site = opened.console === undefined ? null : createConsole(opened.console, store, url)
    const { data, text } = await usingDatabase(database, () => introduced(opened, site, url))
    closeOnSignal(server)
    console.log(json ? JSON.stringify(data) : text)
  } catch (error) {
    if (server.listening) server.close()
    else await close()
    throw error
  }
}

/** The introduction, with a link that signs a person in at the console. */
async function introduced(opened: Opened, site: Site | null, url: string): Promise<Introduction> {
  const introduction = await opened.introduce(url)
  if (site === null || opened.console === undefined) return introduction
  const { person } = opened.console
  const link = await site.signIn.createLink(person)
  const { data, text } = introduction
  const line = `The console, signed in as ${person.principalId}; the link works once, for 10 minutes:\n  ${link.url}\n`
  return { data: { ...data, console: link.url }, text: `${text}${text.endsWith('\n') ? '' : '\n'}${line}` }
}

async function openExample<C extends Readonly<Record<string, string>>>(
  example: Example<C>,
  context: ExampleContext<C>,
): Promise<Opened> {
  try {
    return await example.open(context)
  } catch (error) {
    await context.store[Symbol.asyncDispose]()
    throw error
  }
}

/** Goes to stderr: the first line of `--json` is JSON. */
function movedNote(name: string, url: string): string {
  return `${name}: port ${DEFAULT_PORT} is in use; listening on ${url} instead`
}
