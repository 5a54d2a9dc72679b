import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useConsole } from '../console.ts'

export interface Cursors {
  /** The cursor of the present page; `undefined` for the first. */
  readonly cursor: string | undefined
  readonly isFirst: boolean
  readonly next: (cursor: string) => void
  readonly previous: () => void
}

/** The way back through pages that know only the next one. It begins again when `key` changes. */
export function useCursors(key: string): Cursors {
  const [trail, setTrail] = useState<readonly string[]>([])
  useEffect(() => setTrail([]), [key])
  return {
    cursor: trail.at(-1),
    isFirst: trail.length === 0,
    next: (cursor) => setTrail([...trail, cursor]),
    previous: () => setTrail(trail.slice(0, -1)),
  }
}

export function Pager({ cursors, next }: { cursors: Cursors; next: string | null }): JSX.Element | null {
  const { t } = useConsole()
  if (cursors.isFirst && next === null) return null
  return (
    <nav class="row" aria-label={t('tokens.pages')}>
      <button type="button" disabled={cursors.isFirst} onClick={cursors.previous}>
        {t('tokens.previous')}
      </button>
      <button type="button" disabled={next === null} onClick={() => next !== null && cursors.next(next)}>
        {t('tokens.next')}
      </button>
    </nav>
  )
}
