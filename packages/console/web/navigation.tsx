import type { JSX } from 'preact'
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
  return (
    <nav class="main" aria-label={t('nav.label')} part="navigation">
      <ul>
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
