import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ownPostgres } from '../servers/postgres.ts'
import { ownRedis } from '../servers/redis.ts'
import { startRelay } from '../servers/relay.ts'
import { openRunFolder } from '../servers/temporary.ts'
import { openPostgres } from '../servers/test-database.ts'
import type { OwnServer } from '../servers/test-server.ts'
import { openTrialRecord } from '../trials/record.ts'
import { CHANNELS, type ChannelName } from './channel.ts'
import { BOUND_MS } from './course.ts'
import { FAULTS, query, STANDBY_PROMOTED } from './faults.ts'
import { type Measured, measure } from './measure.ts'

const USAGE = `Revokes tokens that are in use on 4 nodes, and prints how long the nodes still allow them.

  pnpm trial revocation                    a revocation every 50 ms for a minute, on each channel
  pnpm trial revocation --faults           the same every 200 ms for half a minute, with each fault

  --channel listen|redis|polling           one channel
  --fault <text>                           the faults whose names contain the text
  --seconds <n>, --every <ms>              how long, and how often a token is revoked
  --rate <n>                               requests a second to all nodes together, at most (800)
  --again                                  forget the finished parts of a trial that was interrupted

Faults: ${Object.keys(FAULTS).join('; ')}`

const { values } = parseArgs({
  options: {
    channel: { type: 'string' },
    fault: { type: 'string', default: '' },
    faults: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    every: { type: 'string' },
    rate: { type: 'string', default: '800' },
    again: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

interface Part {
  readonly name: string
  readonly channel: ChannelName
  readonly fault: string | null
  readonly measured: Measured
}

const withFaults = values.faults || values.fault !== ''
const everyMs = Number(values.every ?? (withFaults ? 200 : 50))
const seconds = Number(values.seconds ?? (withFaults ? 30 : 60))
const revocations = Math.round((seconds * 1_000) / everyMs)
const requestsPerSecond = Number(values.rate)
/** A part that takes so much longer than its revocations has failed. */
const SPARE_MS = 120_000
/** Tokens between two lines of progress. */
const PROGRESS = 100

if (values.help) console.log(USAGE)
else await runAll()

async function runAll(): Promise<void> {
  const record = openTrialRecord<Part>('revocation', values.again)
  const removeFolder = await openRunFolder()
  const servers = { postgres: await ownPostgres(), redis: await ownRedis() }
  printHead()
  for (const [channel, fault] of planned()) {
    const name = [channel, fault ?? 'none', revocations, everyMs, requestsPerSecond].join(' ')
    const known = record.done().find((part) => part.name === name)
    const part = known ?? { name, channel, fault, measured: await inTime(run(channel, fault, servers)) }
    if (known === undefined) record.add(part)
    print(part)
  }
  record.forget()
  await servers.postgres.stop()
  await servers.redis.stop()
  await removeFolder()
}

function planned(): readonly (readonly [ChannelName, string | null])[] {
  const channels = CHANNELS.filter((name) => values.channel === undefined || values.channel === name)
  const faults = Object.keys(FAULTS).filter((name) => name.includes(values.fault))
  return channels.flatMap((channel) => (withFaults ? faults : [null]).map((fault) => [channel, fault] as const))
}

/** A part that never ends is a failure, which the next one need not wait for. */
function inTime<T>(work: Promise<T>): Promise<T> {
  const late = wait(seconds * 1_000 + SPARE_MS, undefined, { ref: false }).then(() => {
    throw new Error(`not finished within ${seconds + SPARE_MS / 1_000} seconds`)
  })
  return Promise.race([work, late])
}

type Servers = Readonly<Record<'postgres' | 'redis', OwnServer>>

async function run(channel: ChannelName, fault: string | null, servers: Servers): Promise<Measured> {
  if (fault !== STANDBY_PROMOTED) return runOn(channel, fault, servers, null)
  const primary = await ownPostgres()
  const standby = await primary.startStandby()
  // A change that was answered is on the standby as well.
  await query(primary.url, "alter system set synchronous_standby_names = '*'")
  await query(primary.url, 'select pg_reload_conf()')
  const measured = await runOn(channel, fault, { ...servers, postgres: primary }, standby)
  await standby.stop()
  await primary.stop()
  return measured
}

async function runOn(
  channel: ChannelName,
  fault: string | null,
  { postgres, redis }: Servers,
  standby: OwnServer | null,
): Promise<Measured> {
  const server = channel === 'redis' && standby === null ? redis : postgres
  const database = await openPostgres(postgres.url)
  const relay = await startRelay(server.url)
  const through = (url: string) => (fault === null ? url : relay.urlOf(url))
  const measured = await measure({
    ...{ channel, revocations, everyMs, requestsPerSecond },
    database: standby === null ? database.url : through(database.url),
    // Where the channel polls, its connections are those of the database.
    nodeDatabase: channel === 'polling' || standby !== null ? through(database.url) : database.url,
    listenOn: through(database.url),
    redis: server === redis ? through(redis.url) : redis.url,
    onProgress(refused) {
      if (refused % PROGRESS === 0) console.error(`${channel}: ${refused} of ${revocations} tokens are refused`)
    },
    ...(fault !== null && {
      fault: async (run) => {
        await wait(seconds * 1_000 * 0.2)
        await FAULTS[fault]?.({ server, relay, standby }, run)
      },
    }),
  })
  await relay.close()
  if (standby === null) await database.drop()
  return measured
}

function printHead(): void {
  const columns = ['noticed', 'recovered', 'requests', 'no answer', 'p50', 'p99', 'max', 'decided', 'interval', 'calls']
  console.log(`${revocations} tokens on each channel, one revoked every ${everyMs} ms; times in ms
  noticed    fault until the last of the nodes that noticed it reports no connection, or uses its cache no more
  recovered  end of the fault until every node reports a connection and uses its cache
  no answer  503 and broken connections
  p50 … max  revocation's answer until the last request was sent that was allowed
  decided    the same until the latest decision to allow a request
  interval   between two requests of a client, 99 of 100
  calls      of the resolver under way at the same time on one node, at most
`)
  console.log(line('channel', 'fault', [...columns, `> ${BOUND_MS}`]))
}

function print({ channel, fault, measured }: Part): void {
  const {
    noticedMs,
    recoveredMs,
    requests,
    unavailable,
    p50,
    p99,
    max,
    decidedMax,
    intervalP99,
    peakCalls,
    beyondBound,
  } = measured
  const times = fault === null ? ['-', '-'] : [noticedMs ?? 'none', recoveredMs ?? 'none']
  const figures = [...times, requests, unavailable, p50, p99, max, decidedMax, intervalP99, peakCalls, beyondBound]
  console.log(line(channel, fault ?? 'none', figures))
  if (beyondBound > 0) process.exitCode = 1
}

function line(channel: string, fault: string, figures: readonly (string | number)[]): string {
  return [channel.padEnd(8), fault.padEnd(30), ...figures.map((figure) => String(figure).padStart(10))].join('')
}
