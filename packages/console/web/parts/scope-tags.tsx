import type { JSX } from 'preact'
import { useConsole } from '../console.ts'
import { useEntityWords } from '../entities/entity-words.ts'

/** The first scopes of a token, and how many more there are. Those with an entity are in words. */
export function ScopeTags({ scopes, most }: { scopes: readonly string[]; most: number }): JSX.Element {
  const { t } = useConsole()
  const shown = scopes.slice(0, most)
  const wordsOf = useEntityWords(shown)
  if (scopes.length === 0) return <span class="muted">{t('tokens.noScopes')}</span>
  const rest = scopes.length - most
  return (
    <span class="scopes" title={scopes.join(' ')}>
      {shown.map((scope) => (
        <ScopeTag key={scope} scope={scope} words={wordsOf(scope)} />
      ))}
      {rest > 0 && <span class="small muted">{t('tokens.moreScopes', { number: rest })}</span>}
    </span>
  )
}

function ScopeTag({ scope, words }: { scope: string; words: string | null }): JSX.Element {
  if (words === null) return <span class="tag">{scope}</span>
  return (
    <span class="tag words" title={scope}>
      <bdi>{words}</bdi>
    </span>
  )
}
