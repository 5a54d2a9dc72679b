import pc from 'picocolors'
import type { World } from '../world.ts'

/** How words are set off on a terminal that shows colours, and not at all elsewhere. */
export type Style = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', (text: string) => string>>

/** Colours are for terminals, and for people who want them (`NO_COLOR`, no-color.org). */
export function styleOf({ env, isTty }: World, stream: 'stdout' | 'stderr'): Style {
  const unwanted = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb'
  return pc.createColors(isTty[stream] && !unwanted)
}
