import { type Example, runExample } from '@patkit/example-program'
import { createEunifyer } from './app.ts'
import { introduce } from './introduction.ts'
import { ADMIN } from './people.ts'
import { seed } from './seed.ts'

const EUNIFYER: Example = {
  name: 'eunifyer',
  choices: {},
  open({ store, channel, clock }) {
    const { app, tokens, sessions, close } = createEunifyer(store, clock, channel)
    return {
      listener: app,
      async introduce(url) {
        const issued = await seed(tokens, store, clock)
        return introduce(url, issued, sessions, clock())
      },
      console: { tokens, person: { organizationId: ADMIN.organizationId, principalId: ADMIN.id } },
      close,
    }
  },
}

export function run(args: readonly string[]): Promise<void> {
  return runExample(EUNIFYER, args)
}
