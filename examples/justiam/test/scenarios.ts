import { join } from 'node:path'
import { type Harness as RecordingHarness, type Scenario, scenariosIn, sendTo } from '@patkit/example-recording'
import { USERS } from '../src/users.ts'
import { type Harness, PASSWORD } from './harness.ts'

export const SCENARIOS: readonly Scenario[] = scenariosIn(join(import.meta.dirname, 'scenarios'))

const FORMS = {
  id: /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/,
  pat: /^justiam_pat_[\dA-Za-z]{36}$/,
  jwt: /^ey[\w-]+\.[\w-]+\.[\w-]+$/,
}

/** The system, with the names that its scenarios begin with. */
export function recordingHarness({ url, jwt, tokens, setClock }: Harness): RecordingHarness {
  return {
    names: new Map([
      ['jwt', jwt.user],
      ['adminJwt', jwt.admin],
      ['guestJwt', jwt.guest],
      ['userId', USERS.user.id],
      ['adminId', USERS.admin.id],
      ['guestId', USERS.guest.id],
      ['serviceAccountId', USERS.serviceAccount.id],
      ['password', PASSWORD],
    ]),
    forms: FORMS,
    send: sendTo(url),
    setClock,
    flush: () => tokens.flush(),
  }
}
