import { expect } from 'vitest'
import { USERS } from '../src/users.ts'
import { type Answer, type Harness, PASSWORD } from './harness.ts'

/** What is said, in order, to a harness of its own. */
export type Conversation = readonly Step[]

export type Step = Exchange | { readonly pass_days: number } | { readonly write_uses: true }

/** A request and its answer as they are on the wire, with `<placeholders>`. */
interface Exchange {
  readonly request: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly answer: {
    readonly status: number
    /** Those that matter; `null` for one that must not be there. */
    readonly headers?: Readonly<Record<string, string | null>>
    /** Compared deeply: nothing may be missing, and nothing more be there. Left out where there is none. */
    readonly body?: unknown
  }
}

/** What an answer may say where a placeholder is new. After that it stands for what was said. */
const KINDS: readonly (readonly [suffix: string, pattern: RegExp])[] = [
  ['id', /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/],
  ['pat', /^justiam_pat_[\dA-Za-z]{36}$/],
  ['jwt', /^ey[\w-]+\.[\w-]+\.[\w-]+$/],
]

export async function hold(harness: Harness, steps: Conversation): Promise<void> {
  const known = placeholders(harness)
  for (const step of steps) {
    if ('pass_days' in step) harness.pass(step.pass_days * 86_400)
    else if ('write_uses' in step) await harness.tokens.flush()
    else await exchange(harness, step, known)
  }
}

function placeholders({ jwt }: Harness): Map<string, string> {
  return new Map([
    ['<jwt>', jwt.user],
    ['<admin-jwt>', jwt.admin],
    ['<guest-jwt>', jwt.guest],
    ['<userId>', USERS.user.id],
    ['<adminId>', USERS.admin.id],
    ['<guestId>', USERS.guest.id],
    ['<serviceAccountId>', USERS.serviceAccount.id],
    ['<password>', PASSWORD],
  ])
}

async function exchange(harness: Harness, step: Exchange, known: Map<string, string>): Promise<void> {
  const [method = '', path = ''] = filled(step.request, known).split(' ')
  const headers = Object.entries(step.headers ?? {}).map(([name, value]) => [name, filled(value, known)])
  const sent = { headers: Object.fromEntries(headers), ...('body' in step && { body: filledDeep(step.body, known) }) }
  compare(step, await harness.ask(method, path, sent), known)
}

function compare({ request, answer: expected }: Exchange, answer: Answer, known: Map<string, string>): void {
  expect(answer.status, `${request}: ${answer.text}`).toBe(expected.status)
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    expect(answer.headers.get(name), `${request}: ${name}`).toBe(value === null ? null : filled(value, known))
  }
  learn(expected.body, answer.body, known)
  if (expected.body === undefined) expect(answer.text, request).toBe('')
  else expect(answer.body, request).toStrictEqual(filledDeep(expected.body, known))
}

/** Takes what is new from an answer, where it has the form that its name says. */
function learn(expected: unknown, actual: unknown, known: Map<string, string>): void {
  if (typeof expected === 'string' && /^<.+>$/.test(expected) && !known.has(expected)) {
    const [, pattern] = KINDS.find(([suffix]) => expected.endsWith(`${suffix}>`)) ?? []
    expect(actual, expected).toMatch(pattern as RegExp)
    known.set(expected, actual as string)
  } else if (typeof expected === 'object' && expected !== null && typeof actual === 'object' && actual !== null) {
    for (const [name, value] of Object.entries(expected)) {
      learn(value, (actual as Readonly<Record<string, unknown>>)[name], known)
    }
  }
}

function filledDeep(value: unknown, known: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return filled(value, known)
  if (Array.isArray(value)) return value.map((entry) => filledDeep(entry, known))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, filledDeep(entry, known)]))
}

function filled(text: string, known: ReadonlyMap<string, string>): string {
  return text.replace(/<[\w-]+>/g, (placeholder) => {
    const value = known.get(placeholder)
    if (value === undefined) throw new TypeError(`nobody has said what ${placeholder} is`)
    return value
  })
}
