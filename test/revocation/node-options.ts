import type { ChannelPlace } from './channel.ts'

export interface NodeOptions extends ChannelPlace {
  readonly framework: 'express' | 'koa' | 'hono' | 'express4'
  readonly database: string
}

/** What the program of a node is given. */
export interface NodeArguments extends NodeOptions {
  readonly port: number
}

export const FRAMEWORKS: readonly NodeOptions['framework'][] = ['express', 'koa', 'hono', 'express4']

/** The header in which a node says when it allowed a request. */
export const DECIDED_AT = 'decided-at'
