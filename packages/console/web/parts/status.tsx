import type { JSX } from 'preact'
import type { Status as ShownStatus } from '../../src/page-config.ts'
import type { Token } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { DAY_MS } from '../format.ts'

export const SOON_DAYS = 7

/** Shapes that differ without colour: a disc, a triangle, a ring, a cross. */
const SHAPES: Readonly<Record<ShownStatus, string>> = {
  active: 'M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1z',
  soon: 'M6 1 11.5 11h-11z',
  expired: 'M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1zm0 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6z',
  revoked: 'M2.5 1 6 4.5 9.5 1 11 2.5 7.5 6 11 9.5 9.5 11 6 7.5 2.5 11 1 9.5 4.5 6 1 2.5z',
}

function shownStatus({ status, ends_at }: Pick<Token, 'status' | 'ends_at'>, now: number): ShownStatus {
  const isSoon = ends_at !== null && new Date(ends_at).getTime() - now < SOON_DAYS * DAY_MS
  return status === 'active' && isSoon ? 'soon' : status
}

/** The status as a shape and a word. */
export function Status({ token }: { token: Pick<Token, 'status' | 'ends_at'> }): JSX.Element {
  const { t, choices } = useConsole()
  const status = choices.statuses.includes('soon') ? shownStatus(token, Date.now()) : token.status
  return (
    <span class={`status ${status}`} part="status">
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={SHAPES[status]} fill-rule="evenodd" />
      </svg>
      {t(`status.${status}`)}
    </span>
  )
}
