import { getRequestListener } from '@hono/node-server'
import { type Example, runExample } from '@patkit/example-program'
import { createMagistrala } from './app.ts'
import { magistralaConsole } from './console.ts'
import { dataOf, introduce } from './introduction.ts'
import { OTHER_USER, USER } from './people.ts'
import { issueDemoPat, seedUsers } from './seed.ts'

const MAGISTRALA: Example = {
  name: 'magistrala',
  choices: {},
  open({ store, channel, clock, json }) {
    const { app, tokens, logins, entities, close } = createMagistrala(store, clock, channel)
    return {
      listener: getRequestListener(app.fetch),
      async introduce(url) {
        await seedUsers(tokens, store)
        const bearers = { user: await logins.issue(USER), otherUser: await logins.issue(OTHER_USER) }
        // Programs make their own PATs, and count them.
        if (json) return { data: dataOf(url, bearers), text: '' }
        return introduce(url, bearers, await issueDemoPat(store, clock))
      },
      console: magistralaConsole(tokens, entities),
      close,
    }
  },
}

export function run(args: readonly string[]): Promise<void> {
  return runExample(MAGISTRALA, args)
}
