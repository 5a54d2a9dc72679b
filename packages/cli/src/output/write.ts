import type { Writable } from 'node:stream'

/** Whoever read what was written has gone: `| head` has seen enough. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe'
}

/**
 * Writes, and waits until it has been taken: a slow reader holds up who writes, and nothing piles up.
 *
 * @throws BrokenPipe when nobody reads any more
 */
export function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error == null) resolve()
      else reject(isGone(error) ? new BrokenPipe() : error)
    })
  })
}

function isGone(error: NodeJS.ErrnoException): boolean {
  return ['EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'].includes(error.code ?? '')
}
