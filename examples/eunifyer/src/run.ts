import { type Example, runExample } from '@patkit/example-program'
import { createEunifyer } from './app.ts'
import { eunifyerConsole } from './console.ts'
import { introduce } from './introduction.ts'
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
      console: eunifyerConsole(tokens),
      close,
    }
  },
}

export function run(args: readonly string[]): Promise<void> {
  return runExample(EUNIFYER, args)
}
