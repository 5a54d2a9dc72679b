import { Writable } from 'node:stream'
import { type Browser, browser } from './browser.ts'
import { type Ended, patkit, type Surroundings } from './terminal.ts'

/** A server of the command line, in this process. */
export interface Served {
  readonly url: string
  /** What was printed when it was up. */
  readonly printed: { readonly firstLink: { readonly url?: string; readonly file?: string } | null }
  browser(): Browser
  /** A browser that reaches it at another address, such as that of a proxy. */
  browserAt(origin: string): Browser
  /** As SIGTERM does. */
  terminate(): void
  readonly ended: Promise<Ended>
  stop(): Promise<Ended>
}

/** Runs `patkit serve --json` on a free port until it is stopped. */
export async function served(args: readonly string[], around: Surroundings = {}): Promise<Served> {
  let terminate = () => {}
  let text = ''
  let isUp: (text: string) => void = () => {}
  const up = new Promise<string>((resolve) => {
    isUp = resolve
  })
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      if (text.endsWith('}\n')) isUp(text)
      done()
    },
  })
  const ended = patkit(['serve', '--json', ...(args.includes('--port') ? [] : ['--port', '0']), ...args], {
    ...around,
    stdout,
    onTerminate(listener) {
      terminate = listener
      return () => {}
    },
  })
  const early = ended.then((end) => {
    throw new Error(`ended with ${end.code}: ${end.stderr}`)
  })
  early.catch(() => {})
  const { url, ...printed } = JSON.parse(await Promise.race([up, early]))
  return {
    ...{ url, printed, ended },
    browser: () => browser(url, (request) => fetch(request)),
    browserAt: (origin) => browser(origin, (request) => fetch(request)),
    terminate: () => terminate(),
    stop() {
      terminate()
      return ended
    },
  }
}
