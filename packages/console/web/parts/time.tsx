import type { JSX } from 'preact'
import { useConsole } from '../console.ts'
import { exactTime, relativeTime } from '../format.ts'

interface TimeProps {
  readonly at: string | null
  /** The text for `null`. */
  readonly none: string
  /** Whether the exact instant stands beside the relative one; else it is in the title. */
  readonly isExact?: boolean
}

/** An instant: "in 3 days", and the exact one at hand. */
export function Time({ at, none, isExact = false }: TimeProps): JSX.Element {
  const { language } = useConsole()
  if (at === null) return <span class="muted">{none}</span>
  const instant = new Date(at)
  const exact = exactTime(instant, language)
  const relative = relativeTime(instant, Date.now(), language)
  return (
    <time dateTime={at} title={exact}>
      {relative}
      {isExact && <span class="muted"> · {exact}</span>}
    </time>
  )
}
