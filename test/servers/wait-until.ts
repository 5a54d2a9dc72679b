import { setTimeout } from 'node:timers/promises'

/** Between two looks. A wait without a pause would take the processor from what it waits for. */
const PAUSE_MS = 10

/** Looks again and again until the condition holds. */
export async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(PAUSE_MS)
}
