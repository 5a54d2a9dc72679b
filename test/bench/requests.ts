import { parseArgs } from 'node:util'
import { builtPackages } from './built-packages.ts'
import { type Answer, connectInMemory, type Send } from './memory-client.ts'
import { expressCases } from './requests-of/express.ts'
import { BODY, type Fixture, type RequestCase, requestFixture } from './requests-of/fixture.ts'
import { honoCases } from './requests-of/hono.ts'
import { koaCases } from './requests-of/koa.ts'

/**
 * Whole requests: Node's parser and the framework over a connection in memory. The cases of a framework take turns in
 * one process, in a new random order in every round, and each is compared with the bare app of the same round.
 */
const FRAMEWORKS: Readonly<Record<string, (fixture: Fixture) => Promise<RequestCase[]>>> = {
  express: expressCases,
  koa: koaCases,
  hono: honoCases,
}

/** Of the bare app, what the cases may take at most. */
const TARGETS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  express: { 'patAuth + callback': 1.1, 'patAuth + callback + scope': 1.12 },
  koa: { 'patAuth + callback': 1.28, 'patAuth + callback + scope': 1.32 },
  hono: { 'patAuth + callback': 1.45, 'patAuth + callback + scope': 1.5 },
}

const BLOCK = 400
const WARM_UP_ROUNDS = 20

interface Runner {
  readonly name: string
  /** Microseconds a request, one for each round. */
  readonly times: number[]
  block(): Promise<number>
}

const { values: flags } = parseArgs({
  options: {
    framework: { type: 'string', multiple: true, default: Object.keys(FRAMEWORKS) },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
const rounds = Number(flags.rounds ?? (flags.quick ? 40 : 200))
const fixture = await requestFixture(builtPackages())
for (const framework of flags.framework) {
  console.log(
    `\nWhole requests, ${framework}: x = the bare app of the same round, ${rounds} rounds of ${BLOCK} requests`,
  )
  console.table(await measureFramework(framework, rounds))
}

async function measureFramework(framework: string, rounds: number): Promise<object[]> {
  const casesOf = FRAMEWORKS[framework]
  if (casesOf === undefined) throw new Error(`unknown framework ${framework}: ${Object.keys(FRAMEWORKS).join(', ')}`)
  const runners: Runner[] = []
  for (const requestCase of await casesOf(fixture)) runners.push(await checkedRunner(requestCase))
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const runner of shuffled(runners)) {
      const time = await runner.block()
      if (round >= 0) runner.times.push(time)
    }
  }
  const bare = runners[0] as Runner
  return runners.map((runner) => describe(runner, bare, TARGETS[framework]?.[runner.name]))
}

/** Checks what the app answers, and sends every token once. */
async function checkedRunner({ name, server, values, authenticates }: RequestCase): Promise<Runner> {
  const send = connectInMemory(server)
  for (const bad of [fixture.unknownToken, 'Bearer a b']) {
    const { status } = await one(send, requestOf(bad))
    if (authenticates ? status !== 401 && status !== 400 : status !== 200)
      throw new Error(`${name}: ${status} for ${bad}`)
  }
  const requests = (values ?? fixture.values).map(requestOf)
  for (const request of requests) {
    const { status, body } = await one(send, request)
    if (status !== 200 || body !== BODY) throw new Error(`bench: ${name} answered ${status} ${body}`)
  }
  let next = 0
  const block = () =>
    timeBlock(send, () => {
      // In an order that no prefetcher guesses.
      next = (next + 7_919) % requests.length
      return requests[next] as Buffer
    })
  return { name, times: [], block }
}

function one(send: Send, request: Buffer): Promise<Answer> {
  return new Promise((resolve) => send(request, resolve))
}

/** Each request is read in a turn of the event loop of its own, as from a socket. */
function timeBlock(send: Send, nextRequest: () => Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let left = BLOCK
    const begun = performance.now()
    const sendNext = () => send(nextRequest(), answered)
    const answered = ({ status }: Answer) => {
      if (status !== 200) return reject(new Error(`bench: answered ${status}`))
      if (--left === 0) return resolve(((performance.now() - begun) * 1_000) / BLOCK)
      setImmediate(sendNext)
    }
    sendNext()
  })
}

function requestOf(authorization: string): Buffer {
  return Buffer.from(
    `GET /files HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: curl/8.9.1\r\nAccept: */*\r\nAuthorization: ${authorization}\r\n\r\n`,
    'latin1',
  )
}

function describe({ name, times }: Runner, bare: Runner, target: number | undefined) {
  const ratios = times.map((time, round) => time / (bare.times[round] as number))
  const median = middle(ratios)
  return {
    case: name,
    'us, median': round2(middle(times)),
    'us, minimum': round2(Math.min(...times)),
    'x, median': round2(median),
    'x, minimum': round2(Math.min(...ratios)),
    'x, of minima': round2(Math.min(...times) / Math.min(...bare.times)),
    target: target === undefined ? '' : `<= ${target.toFixed(2)} ${median <= target ? 'met' : 'MISSED'}`,
  }
}

function shuffled<T>(values: readonly T[]): T[] {
  const left = [...values]
  const order: T[] = []
  while (left.length > 0) order.push(...left.splice(Math.floor(Math.random() * left.length), 1))
  return order
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number
}

function round2(value: number): number {
  return Number(value.toFixed(2))
}
