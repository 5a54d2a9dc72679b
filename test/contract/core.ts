import * as main from '@patkit/core'
import * as adapter from '@patkit/core/adapter'
import { pollingChannel } from '@patkit/sql'

/** What the contract and the simulator use of core and of `@patkit/sql`, which can also be a copy with a change. */
export type Core = typeof main & typeof adapter & { readonly pollingChannel: typeof pollingChannel }

export const core: Core = { ...main, ...adapter, pollingChannel }
