import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Person } from './people.ts'

/** Sessions of people in a browser. They are in memory: after a restart users log in again. */
export interface Sessions {
  /** What a person logs in with, made anew at each start. */
  passwordOf(person: Person): string
  /** @returns the cookie that is the session; `null` for a wrong email or password, and for who may not act */
  open(email: unknown, password: unknown): Promise<string | null>
  /** Whose session a request's `Cookie` header carries, where its holder may still act. */
  holderOf(cookies: string | null): Promise<Person | null>
  close(cookies: string | null): void
}

const COOKIE = 'eu_session'
const LIFE_SECONDS = 8 * 3_600
const SECRET_BYTES = 32
/** No page of another site can make a browser send it. TLS, which a demo has not, would add `Secure`. */
const TRAITS = 'Path=/; HttpOnly; SameSite=Strict'

export const NO_COOKIE: string = `${COOKIE}=; ${TRAITS}; Max-Age=0`

/** @param mayAct called at login and at each request: a disabled user has no session from then on */
export function createSessions(
  people: readonly Person[],
  mayAct: (person: Person) => Promise<boolean>,
  clock: () => number,
): Sessions {
  const passwords = new Map(people.map((person) => [person, newSecret()]))
  const sessions = new Map<string, { readonly person: Person; readonly endsAt: number }>()

  return {
    passwordOf: (person) => passwords.get(person) ?? '',
    async open(email, password) {
      const person = people.find((candidate) => candidate.email === email)
      // A password is always compared, so that the time does not show which users exist.
      const expected = (person && passwords.get(person)) ?? newSecret()
      if (typeof password !== 'string' || !isSame(expected, password) || person === undefined) return null
      if (!(await mayAct(person))) return null
      for (const [key, { endsAt }] of sessions) if (clock() >= endsAt) sessions.delete(key)
      const secret = newSecret()
      sessions.set(digest(secret), { person, endsAt: clock() + LIFE_SECONDS * 1_000 })
      return `${COOKIE}=${secret}; ${TRAITS}; Max-Age=${LIFE_SECONDS}`
    },
    async holderOf(cookies) {
      const session = sessions.get(keyOf(cookies))
      if (session === undefined || clock() >= session.endsAt) return null
      return (await mayAct(session.person)) ? session.person : null
    },
    close: (cookies) => void sessions.delete(keyOf(cookies)),
  }
}

function keyOf(cookies: string | null): string {
  const pairs = (cookies ?? '').split(';').map((pair) => pair.trim())
  const secret = pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1)
  return digest(secret ?? '')
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url')
}

function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function isSame(expected: string, given: string): boolean {
  return timingSafeEqual(Buffer.from(digest(expected)), Buffer.from(digest(given)))
}
