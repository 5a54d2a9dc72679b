import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Audit } from '@patkit/core'
import type { TokenService } from '@patkit/tokens'
import { type CommandLine, type Framework, HELP, readCommandLine } from './command-line.ts'
import { curlLines } from './curl-lines.ts'
import { dataFile } from './data-file.ts'
import { type DemoSecrets, renewDemoTokens } from './demo-tokens.ts'
import { expressApp } from './express.ts'
import { honoApp } from './hono.ts'
import { koaApp } from './koa.ts'
import { scopes } from './scopes.ts'
import { StartupError } from './startup-error.ts'
import { openTokens } from './token-service.ts'

const APPS: Readonly<Record<Framework, (tokens: TokenService, audit: Audit) => RequestListener>> = {
  express: expressApp,
  koa: koaApp,
  hono: honoApp,
}

const HOST = '127.0.0.1'

async function run(args: readonly string[]): Promise<void> {
  const options = readCommandLine(args)
  if (options.help) console.log(HELP)
  else await start(options)
}

async function start({ framework, port, dataFolder, json }: CommandLine): Promise<void> {
  const file = dataFile(dataFolder)
  const { store, tokens, close } = await usingDatabase(file, () => openTokens(file))
  const audit: Audit = (event) => console.log(`${json ? '' : 'audit '}${JSON.stringify(event)}`)
  const server = createServer(APPS[framework](tokens, audit))
  try {
    const url = await listen(server, port)
    server.once('close', close)
    // Not before the port is ours: a start that fails must not end the tokens of the program that has it.
    const secrets = await usingDatabase(file, () => renewDemoTokens(store))
    closeOnSignal(server)
    console.log(json ? JSON.stringify({ url, framework, tokens: secrets }) : greeting(framework, url, secrets))
  } catch (error) {
    if (server.listening) server.close()
    else await close()
    throw error
  }
}

async function usingDatabase<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new StartupError(`cannot use the database ${file}: ${(cause as Error).message}`, { cause })
  }
}

async function listen(server: Server, port: number): Promise<string> {
  try {
    server.listen(port, HOST)
    await once(server, 'listening')
  } catch (cause) {
    const inUse = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
    const problem = inUse ? 'it is in use' : (cause as Error).message
    throw new StartupError(`cannot listen on port ${port}: ${problem}; --port 0 takes a free one`, { cause })
  }
  return `http://${HOST}:${(server.address() as AddressInfo).port}`
}

function greeting(framework: Framework, url: string, tokens: DemoSecrets): string {
  const labels = Object.entries(scopes.labels).map(([name, label]) => `  ${name}: ${label}`)
  const introduction = `The quickstart listens on ${url} (${framework}). Its scopes:`
  const invitation = 'Paste these lines into another terminal; the audit events appear here.'
  const warning = 'Starting it again ends these tokens; with --data other it has a folder, and tokens, of its own.'
  return [introduction, ...labels, '', invitation, warning, '', curlLines(url, tokens), ''].join('\n')
}

/** A signal may come twice, from the terminal and from the program that passed it on. */
function closeOnSignal(server: Server): void {
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  process.on('SIGINT', close)
  process.on('SIGTERM', close)
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof StartupError)) throw error
  console.error(`quickstart: ${error.message}`)
  process.exitCode = 1
}
