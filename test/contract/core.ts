import * as main from '@patkit/core'
import * as adapter from '@patkit/core/adapter'

/** What the contract and the simulator use of core, which can also be a copy with a change. */
export type Core = typeof main & typeof adapter

export const core: Core = { ...main, ...adapter }
