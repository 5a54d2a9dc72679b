import type { JSX } from 'preact'
import { useConsole } from '../console.ts'

/** The first scopes of a token, and how many more there are. */
export function ScopeTags({ scopes, most }: { scopes: readonly string[]; most: number }): JSX.Element {
  const { t } = useConsole()
  if (scopes.length === 0) return <span class="muted">{t('tokens.noScopes')}</span>
  const rest = scopes.length - most
  return (
    <span class="scopes" title={scopes.join(' ')}>
      {scopes.slice(0, most).map((scope) => (
        <span key={scope} class="tag">
          {scope}
        </span>
      ))}
      {rest > 0 && <span class="small muted">{t('tokens.moreScopes', { number: rest })}</span>}
    </span>
  )
}
