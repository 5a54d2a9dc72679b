import type { RequestListener } from 'node:http'
import type { InvalidationChannel } from '@patkit/core'
import type { Awaitable } from '@patkit/core/adapter'
import type { TokenStore } from '@patkit/tokens'
import type { ExampleConsole } from './console.ts'

/** An option that takes one of a few words; the first is its default. */
export interface Choice<W extends string = string> {
  readonly values: readonly [W, ...W[]]
  readonly help: string
}

/** A system that can be started. `C` are the words of its own options. */
export interface Example<C extends Readonly<Record<string, string>> = Readonly<Record<never, string>>> {
  /** As in `pnpm start <name>`, and before what it complains of. */
  readonly name: string
  /** Its options beside those that every example has. */
  readonly choices: { readonly [O in keyof C]: Choice<C[O]> }
  /** Makes the system. What it has opened itself, it closes itself; the store is not its own. */
  readonly open: (context: ExampleContext<C>) => Awaitable<Opened>
}

/** What a system stands on. */
export interface ExampleContext<C extends Readonly<Record<string, string>> = Readonly<Record<never, string>>> {
  readonly store: TokenStore
  /** Carries changes between the programs on the database. */
  readonly channel: InvalidationChannel
  readonly choices: C
  /** Where files of its own go, which are as old as its data. It may not be there yet. */
  readonly folder: string
  /** Whether output is for programs. */
  readonly json: boolean
  /** The time, in epoch milliseconds. */
  readonly clock: () => number
}

export interface Opened {
  readonly listener: RequestListener
  /** Called once the port is its own, and not before: a start that fails must change nothing that others use. */
  introduce(url: string): Promise<Introduction>
  /** Served at `/console`; a start prints a link that signs the person in, once. */
  readonly console?: ExampleConsole
  close(): Promise<void>
}

/** The first output, for programs and for people. */
export interface Introduction {
  readonly data: object
  readonly text: string
}
