import type { Writable } from 'node:stream'

/** The reader has closed the pipe, as `| head` does. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe'
}

/**
 * Writes, and waits until it has been taken: a slow reader holds up who writes, and nothing piles up.
 *
 * @throws BrokenPipe when the reader has closed the pipe
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
