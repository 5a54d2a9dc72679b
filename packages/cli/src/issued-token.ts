import type { Issued } from '@patkit/tokens'
import type { Option } from 'commander'
import { option } from './command.ts'
import type { Printer } from './output/printer.ts'
import { tokenBlock, tokenDocument } from './token-text.ts'

export const QUIET: Option = option('--quiet', 'print the token alone, for a pipe or a file')

/** Prints a token and its new secret: the one time that it is shown. */
export async function printIssued(printer: Printer, { token, secret }: Issued, quiet: boolean): Promise<void> {
  if (quiet && !printer.json) {
    await printer.raw(`${secret.reveal()}\n`)
    return
  }
  await printer.result(
    { token: tokenDocument(token), secret: secret.reveal() },
    () => `${tokenBlock(printer, token)}\n\n${printer.style.bold(secret.reveal())}`,
  )
  await printer.note('\nThis is the token. It is shown this once, and stored nowhere: put it where it is needed.')
}

/** Programs that run remember what they looked up, and only a channel tells them sooner. */
export async function noteStaleness(printer: Printer): Promise<void> {
  await printer.note('APIs that are running learn of it within their cacheTtlSeconds (60 by default).')
}
