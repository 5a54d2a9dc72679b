import type { App } from './app.ts'
import type { Framework } from './frameworks.ts'
import type { Harness } from './observation.ts'
import { sendRaw } from './raw-request.ts'

/** Serves an API with a framework, and sends to it over TCP. `prefix` stands before every path. */
export function overSocket(framework: Framework, prefix = ''): (app: App) => Promise<Harness> {
  return async (app) => {
    const { port, close } = await framework.start(app)
    return { send: (request) => sendRaw(port, { ...request, path: `${prefix}${request.path}` }), close }
  }
}
