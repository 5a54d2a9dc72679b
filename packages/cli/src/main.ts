#!/usr/bin/env node
import { userInfo } from 'node:os'
import { EXIT } from './errors.ts'
import { run } from './run.ts'

const { stdin, stdout, stderr, env } = process

/** `userInfo()` throws for a UID without a passwd entry. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}

const exitCode = await run(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  env,
  cwd: process.cwd(),
  columns: stdout.isTTY ? stdout.columns : null,
  isTty: { stdin: stdin.isTTY === true, stdout: stdout.isTTY === true, stderr: stderr.isTTY === true },
  user: userName(),
  clock: Date.now,
  onInterrupt(listener) {
    let interrupted = false
    const interrupt = () => {
      // A second interruption ends the program at once.
      if (interrupted) process.exit(EXIT.interrupted)
      interrupted = true
      listener()
    }
    // Stays until it is over: the spinner's own listener ends the process where it is alone.
    process.on('SIGINT', interrupt)
    return () => process.off('SIGINT', interrupt)
  },
  onTerminate(listener) {
    process.once('SIGTERM', listener)
    return () => process.off('SIGTERM', listener)
  },
})
// Waits for written output, but not for connections that hang.
stdout.write('', () => process.exit(exitCode))
