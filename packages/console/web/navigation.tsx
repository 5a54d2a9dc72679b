import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useConsole } from './console.ts'
import { hashOf, type Place } from './route.ts'
import type { TextKey } from './text/translate.ts'

/** The parts of the console that the caller may open; nothing where there is only one. */
export function Navigation({ place }: { place: Place }): JSX.Element | null {
  const { t, caller, hrefOf } = useConsole()
  if (!caller.administers) return null
  const links: readonly (readonly [string, TextKey])[] = [
    ...(caller.principal_id === null ? [] : [['tokens', 'nav.tokens'] as const]),
    ['inventory', 'nav.everyone'],
    ['principals', 'nav.principals'],
    ['audit', 'nav.audit'],
  ]
  const [first = 'tokens'] = place.segments
  const current = first === 'new' ? 'tokens' : first === 'of' ? 'principals' : first
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => showCurrent(list.current), [current])
  return (
    <nav class="main" aria-label={t('nav.label')} part="navigation">
      <ul ref={list}>
        {links.map(([segment, text]) => (
          <li key={segment}>
            <a href={hrefOf(hashOf([segment]))} aria-current={segment === current ? 'page' : undefined}>
              {t(text)}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** Where the links need more room than a phone has, they scroll, and the current one is in sight. */
function showCurrent(list: HTMLUListElement | null): void {
  const link = list?.querySelector('[aria-current]')
  if (!list || !link) return
  const [{ left, right }, frame] = [link.getBoundingClientRect(), list.getBoundingClientRect()]
  list.scrollLeft += Math.min(0, left - frame.left) + Math.max(0, right - frame.right)
}
