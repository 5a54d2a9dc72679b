import { createForwardAuth, type FetchHandler } from '@patkit/api'
import { createVerifier, type InvalidationChannel, type Verifier } from '@patkit/core'
import { channelWithBackstop, type FailureLimit, unref } from '@patkit/core/adapter'
import { reportNode, type SqlStore } from '@patkit/sql'
import { createTokenService, type StoredRecord, type TokenService } from '@patkit/tokens'
import type { Session } from '../command.ts'
import { inFile } from '../config/rules.ts'
import { requireDatabase, requireFormat, type Settings } from '../config/settings.ts'
import { openChannel } from '../database/channel.ts'
import { withStore } from '../database/database.ts'
import { openRedis } from '../database/redis.ts'
import { redacted } from '../errors.ts'
import { jsonText } from '../output/text.ts'
import { CONSOLE_HOME, createSite, type Site } from '../site/create-site.ts'
import type { World } from '../world.ts'
import { deliverFirstLink, type FirstLink, firstLinkText } from './first-link.ts'
import { createHealth } from './health.ts'
import { type HttpServer, listen } from './http-server.ts'
import { memoryLimiter } from './memory-limiter.ts'
import type { ServeSettings } from './settings.ts'

/** How long anything that is asked of the database may take. */
const ANSWER_MS = 10_000
const HOUR_MS = 3_600_000

/** What a running server consists of. */
interface Parts {
  readonly session: Session
  readonly serve: ServeSettings
  readonly store: SqlStore
  readonly tokens: TokenService
  readonly verifier: Verifier<StoredRecord>
  readonly failureLimit: FailureLimit | null
  readonly log: Log
  readonly onError: (cause: unknown) => void
}

type Log = (event: Readonly<Record<string, unknown>>) => void

/**
 * Serves until the process is interrupted or terminated. Migrates the database first.
 *
 * @throws CliError for a database or a port that cannot be used
 */
export async function serveUntilStopped(session: Session, serve: ServeSettings): Promise<void> {
  const { settings, world } = session
  await withStore(settings, { create: true, answerMs: null }, (store) => store.migrate())
  await withStore(settings, { create: false, answerMs: ANSWER_MS }, async (store) => {
    const log = logTo(world)
    const onError = (cause: unknown) => log({ level: 'error', message: redacted(String(cause)) })
    const redis = settings.redis === null ? null : await openRedis(settings.redis, true, onError, world.clock)
    const complete = await openChannel(requireDatabase(settings), store, onError, world.clock)
    const channel = redis === null ? complete : channelWithBackstop({ fast: redis.channel, complete, onError })
    const tokens = serviceOf(session, { store, channel, onError })
    const failureLimit = failureLimitOf(serve, world)
    const verifier = verifierOf(settings, serve, { tokens, store, failureLimit, log })
    const node = reportNode({ store, verifier, onError })
    try {
      await serveWith({ session, serve, store, tokens, verifier, failureLimit, log, onError })
    } finally {
      await verifier.close()
      await tokens.close()
      await Promise.resolve(node[Symbol.asyncDispose]()).catch(onError)
      redis?.close()
    }
  })
}

async function serveWith(parts: Parts): Promise<void> {
  const { session, serve } = parts
  const stopSignal = signalOf(session.world)
  const server = await listen(serve.host, serve.port)
  const housekeeping = keepHouse(parts)
  try {
    const site = siteOf(parts, server, stopSignal.isRaised)
    await announce(parts, site, publicUrlOf(serve, server))
    await stopSignal.raised
  } finally {
    stopSignal.release()
    housekeeping.stop()
    await server.stop(serve.stopSeconds * 1_000)
  }
}

function siteOf(parts: Parts, server: HttpServer, isStopping: () => boolean): Site {
  const { session, serve, store, tokens, verifier, failureLimit, log, onError } = parts
  const { settings, world } = session
  const { openIdConnect, identityHeader, idleSeconds, absoluteSeconds } = serve
  const site = inFile(settings.configName, () =>
    createSite({
      ...{ tokens, verifier, onError, signIns: store.signIns, clock: world.clock },
      ...{ organizationId: settings.organization, publicUrl: publicUrlOf(serve, server) },
      administrators: serve.administrators,
      startPage: true,
      scopeOptions: settings.rules.scopeOptions,
      handlers: [createHealth(store, isStopping), ...forwardAuthOf(settings, serve, verifier)],
      ...(identityHeader !== null && { identityHeader }),
      signIn: {
        ...{ idleSeconds, absoluteSeconds, onEvent: (event) => log({ level: 'info', ...event }) },
        ...(openIdConnect !== null && { openIdConnect }),
        ...proxiesOf(settings),
        ...(failureLimit !== null && { failureLimit }),
      },
    }),
  )
  server.onRequest((req, res) =>
    site.middleware(req, res, (error) => {
      if (error !== undefined) onError(error)
      res.writeHead(error === undefined ? 404 : 503, { 'Cache-Control': 'no-store' }).end()
    }),
  )
  return site
}

const FORWARD_AUTH_PATH = '/authorize'

/**
 * `/authorize` alone reads the required scopes from the query. Below it only the configured paths are answered: a proxy
 * that appends the client's path would otherwise let the client choose the scopes.
 */
function forwardAuthOf(
  { rules }: Settings,
  { original, forwardAuth }: ServeSettings,
  verifier: Verifier<StoredRecord>,
): readonly FetchHandler[] {
  const shared = { verifier, ...rules.scopeOptions, ...(original !== null && { original }) }
  const fixed = Object.entries(forwardAuth).map(([path, scopes]) => createForwardAuth({ ...shared, path, scopes }))
  const byQuery = createForwardAuth({ ...shared, path: FORWARD_AUTH_PATH })
  const exactly: FetchHandler = {
    handle: async (request, context) =>
      new URL(request.url).pathname === FORWARD_AUTH_PATH ? byQuery.handle(request, context) : null,
  }
  return [...fixed, exactly]
}

function publicUrlOf({ publicUrl, host }: ServeSettings, { port }: HttpServer): string {
  const name = host.includes(':') ? `[${host}]` : host
  return new URL(publicUrl ?? `http://${name}:${port}`).origin
}

/** Prints the address, and the link for the first administrator until there is one. */
async function announce({ session, serve, store }: Parts, site: Site, url: string): Promise<void> {
  const { settings, printer, world } = session
  const organizationId = settings.organization
  const hasAdministrator =
    serve.administrators.length > 0 || (await store.signIns.listAdministrators(organizationId)).length > 0
  const owner = { organizationId, principalId: serve.firstAdministrator }
  const link = hasAdministrator
    ? null
    : await deliverFirstLink(await site.signIn.createLink(owner, 'first-administrator'), serve.linkFile, world)
  const consoleUrl = new URL(CONSOLE_HOME, url).href
  const lines = [`patkit listens on ${url}`, `Console: ${consoleUrl}`, ...(link === null ? [] : [firstLinkText(link)])]
  await printer.result({ url, consoleUrl, firstLink: link === null ? null : linkDocument(link) }, () =>
    lines.join('\n'),
  )
}

function linkDocument(link: FirstLink): object {
  return link.kind === 'terminal' ? { url: link.url, endsAt: link.endsAt } : { file: link.file, endsAt: link.endsAt }
}

function serviceOf(
  { settings, world: { clock } }: Session,
  parts: { readonly store: SqlStore; readonly channel: InvalidationChannel; readonly onError: Parts['onError'] },
): TokenService {
  const { catalog, scopeOptions, policy } = settings.rules
  return inFile(settings.configName, () =>
    createTokenService({
      ...{ ...parts, format: requireFormat(settings), policy, clock, ...scopeOptions },
      ...(catalog !== null && { scopes: catalog }),
    }),
  )
}

function verifierOf(
  settings: Settings,
  { audit, cacheTtlSeconds }: ServeSettings,
  { tokens, store, failureLimit, log }: Pick<Parts, 'tokens' | 'store' | 'failureLimit' | 'log'>,
): Verifier<StoredRecord> {
  const { verifierOptions } = tokens
  return createVerifier<StoredRecord>({
    ...verifierOptions,
    ...{ ...proxiesOf(settings), cacheTtlSeconds },
    ...(failureLimit !== null && { failureLimit }),
    format: [...verifierOptions.format, ...settings.foreignFormats],
    audit: { mode: audit, sink: store.audit },
    onError: ({ code, message }) => log({ level: 'error', code, message: redacted(message) }),
  })
}

function proxiesOf({ rules: { trustedProxies, forwardedHeader } }: Settings) {
  return { trustedProxies, forwardedHeader }
}

/** Addresses whose failures are remembered. */
const MOST_ADDRESSES = 50_000

/** One budget of an address for tokens and sign-in codes, in the memory of this process. */
function failureLimitOf({ failureLimit }: ServeSettings, { clock }: World): FailureLimit | null {
  if (failureLimit === null) return null
  const { failures: points, seconds: duration, ipv6PrefixBits } = failureLimit
  const limiter = memoryLimiter({ points, duration, clock, mostKeys: MOST_ADDRESSES })
  return { limiter, whenUnavailable: 'allow', ipv6PrefixBits }
}

/** One JSON document a line on stderr. Messages are without secrets. */
function logTo({ stderr, clock }: World): Log {
  return (event) => void stderr.write(`${jsonText({ at: new Date(clock()), ...event })}\n`)
}

/** Removes ended links, sessions and answers at the start and each hour, and finishes erasures that broke off. */
function keepHouse({ store, tokens, session, onError }: Parts): { stop(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  const work = async () => {
    try {
      await store.signIns.prune(new Date(session.world.clock()))
      await tokens.prune()
      await tokens.resumeErasures()
    } catch (cause) {
      onError(cause)
    }
  }
  const next = () => {
    timer = unref(setTimeout(() => void work().then(next), HOUR_MS))
  }
  void work()
  next()
  return { stop: () => clearTimeout(timer) }
}

interface StopSignal {
  readonly raised: Promise<void>
  readonly isRaised: () => boolean
  release(): void
}

function signalOf(world: World): StopSignal {
  let isRaised = false
  let raise = () => {}
  const raised = new Promise<void>((resolve) => {
    raise = () => {
      isRaised = true
      resolve()
    }
  })
  const releases = [world.onInterrupt(() => raise()), world.onTerminate(() => raise())]
  return {
    raised,
    isRaised: () => isRaised,
    release: () => {
      for (const release of releases) release()
    },
  }
}
