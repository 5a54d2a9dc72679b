import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'

/** A kind of request, as a client knows it. */
export interface Errand {
  readonly name: string
  readonly path: string
  readonly token: string
}

/** One request that was answered, or whose connection broke: then its status is `null`. */
export interface Answer {
  readonly requestId: string
  readonly errand: string
  readonly status: number | null
}

export interface Load {
  readonly answers: readonly Answer[]
  /** Resolves when so many more answers have come of which this is true. */
  until(more: number, is: (answer: Answer) => boolean): Promise<void>
  /** Sends no more, and resolves when all that was sent is answered. */
  stop(): Promise<void>
}

interface Waiter {
  left: number
  readonly is: (answer: Answer) => boolean
  readonly resolve: () => void
}

/** Runs errands in turn, as many at once as are said, on connections that stay open. */
export function startLoad(url: string, errands: readonly Errand[], atOnce: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const answers: Answer[] = []
  let waiters: Waiter[] = []
  let running = true
  let sent = 0

  function note(answer: Answer): void {
    answers.push(answer)
    for (const waiter of waiters) if (waiter.is(answer) && --waiter.left === 0) waiter.resolve()
    waiters = waiters.filter(({ left }) => left > 0)
  }

  async function work(): Promise<void> {
    while (running) {
      const errand = errands[sent++ % errands.length] as Errand
      const answer = await ask(url, errand, agent)
      note(answer)
      if (answer.status === null) return
    }
  }

  const workers = Promise.all(Array.from({ length: atOnce }, work))
  return {
    answers,
    until: (more, is) => new Promise((resolve) => waiters.push({ left: more, is, resolve })),
    async stop() {
      running = false
      await workers
      agent.destroy()
    },
  }
}

/** An answer counts when its last byte has come. */
function ask(url: string, { name, path, token }: Errand, agent: Agent): Promise<Answer> {
  const requestId = randomUUID()
  const headers = { authorization: `Bearer ${token}`, 'x-request-id': requestId }
  return new Promise((resolve) => {
    const answered = (status: number | null) => resolve({ requestId, errand: name, status })
    const sent = request(`${url}${path}`, { agent, headers }, (response) => {
      response.resume()
      response.on('end', () => answered(response.statusCode ?? null))
      response.on('error', () => answered(null))
    })
    sent.on('error', () => answered(null))
    sent.end()
  })
}
