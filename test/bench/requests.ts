import { parseArgs } from 'node:util'
import { builtPackages } from './harness/built-packages.ts'
import { fullOrQuick } from './harness/flags.ts'
import { scattered } from './harness/fresh-values.ts'
import { interleave, type Runner, timingRow } from './harness/interleave.ts'
import { type Answer, connectInMemory, type Send } from './harness/memory-client.ts'
import { publish } from './harness/report.ts'
import { atMost } from './harness/target.ts'
import { expressCases } from './requests-of/express.ts'
import { BODY, type Fixture, type RequestCase, requestFixture } from './requests-of/fixture.ts'
import { honoCases } from './requests-of/hono.ts'
import { koaCases } from './requests-of/koa.ts'

/** Whole requests: Node's parser and the framework over a connection in memory, against the bare app. */
const FRAMEWORKS: Readonly<Record<string, (fixture: Fixture) => Promise<RequestCase[]>>> = {
  express: expressCases,
  koa: koaCases,
  hono: honoCases,
}

/** The multiple of the bare app that a case may reach. */
const TARGETS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  express: { 'patAuth + callback': 1.1, 'patAuth + callback + scope': 1.12 },
  koa: { 'patAuth + callback': 1.28, 'patAuth + callback + scope': 1.32 },
  hono: { 'patAuth + callback': 1.45, 'patAuth + callback + scope': 1.5 },
}

const BLOCK_MS = 8

const { values: flags } = parseArgs({
  options: {
    framework: { type: 'string', multiple: true, default: Object.keys(FRAMEWORKS) },
    rounds: { type: 'string', default: String(fullOrQuick(300, 40)) },
    quick: { type: 'boolean' },
  },
})
const rounds = Number(flags.rounds)
const fixture = await requestFixture(builtPackages())
for (const framework of flags.framework) await measureFramework(framework)

async function measureFramework(framework: string): Promise<void> {
  const casesOf = FRAMEWORKS[framework]
  if (casesOf === undefined)
    throw new Error(`--framework: ${framework} is not one of ${Object.keys(FRAMEWORKS).join(', ')}`)
  const runners: Runner[] = []
  for (const requestCase of await casesOf(fixture)) runners.push(await checkedRunner(requestCase))
  const timings = await interleave(runners, { rounds, blockMs: BLOCK_MS })
  const [bare] = timings
  if (bare === undefined) return
  const rows = timings.map((timing) => {
    const row = timingRow(timing, bare)
    return { ...row, target: atMost(row['×, median'], TARGETS[framework]?.[timing.name]) }
  })
  publish({
    title: `Whole requests in ${framework}`,
    note: `× = the bare app of the same round; ${rounds} rounds, ${BLOCK_MS} ms a turn; processor time.`,
    rows,
    plot: {
      kind: 'bars',
      file: `requests-${framework}`,
      unit: 'multiple of the bare app, median',
      scale: rows.some((row) => row['×, median'] > 8) ? 'log' : 'linear',
      bars: rows.map((row) => ({ label: row.case, value: row['×, median'], isOurs: row.case.startsWith('patAuth') })),
    },
  })
}

/** Checks what the app answers, and sends every token once. */
async function checkedRunner({ name, server, values, authenticates }: RequestCase): Promise<Runner> {
  const send = connectInMemory(server)
  const { status } = await answerTo(send, requestOf(fixture.unknownValue))
  if (status !== (authenticates ? 401 : 200)) throw new Error(`bench: ${name} answered an unknown token with ${status}`)
  const requests = (values ?? fixture.values).map(requestOf)
  for (const request of requests) {
    const answer = await answerTo(send, request)
    if (answer.status !== 200 || answer.body !== BODY) throw new Error(`bench: ${name} answered ${answer.status}`)
  }
  const nextRequest = scattered(requests)
  return { name, block: (count) => timeRequests(send, nextRequest, count) }
}

function answerTo(send: Send, request: Buffer): Promise<Answer> {
  return new Promise((resolve) => send(request, resolve))
}

/** Each request is read in a turn of the event loop of its own, as from a socket. */
function timeRequests(send: Send, nextRequest: () => Buffer, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = count
    const sendNext = () => send(nextRequest(), answered)
    const answered = ({ status }: Answer) => {
      if (status !== 200) return reject(new Error(`bench: answered ${status}`))
      if (--left === 0) return resolve()
      setImmediate(sendNext)
    }
    setImmediate(sendNext)
  })
}

function requestOf(authorization: string): Buffer {
  const lines = ['GET /files HTTP/1.1', 'Host: api.example.com', 'User-Agent: curl/8.9.1', 'Accept: */*']
  return Buffer.from(`${lines.join('\r\n')}\r\nAuthorization: ${authorization}\r\n\r\n`, 'latin1')
}
