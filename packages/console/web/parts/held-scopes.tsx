import type { JSX } from 'preact'
import { useConsole } from '../console.ts'
import { ScopeWords } from '../entities/scope-words.tsx'

interface HeldProps {
  readonly scopes: readonly string[]
  readonly label?: string
  /** `null` for a scope that stays. */
  readonly remover: (scope: string) => (() => void) | null
}

/** Scopes with a way to remove each. Below those with an entity stands what they open. */
export function HeldScopes({ scopes, label, remover }: HeldProps): JSX.Element {
  const { entityScopes } = useConsole()
  return (
    <ul class={entityScopes === null ? 'scopes held' : 'scopes held column'} aria-label={label}>
      {scopes.map((scope) => (
        <Held key={scope} scope={scope} remove={remover(scope)} />
      ))}
    </ul>
  )
}

function Held({ scope, remove }: { scope: string; remove: (() => void) | null }): JSX.Element {
  const { t } = useConsole()
  return (
    <li>
      <span class="tag">
        {scope}
        {remove && (
          <button type="button" class="remove" aria-label={t('scopes.remove', { scope })} onClick={remove}>
            ✕
          </button>
        )}
      </span>{' '}
      <ScopeWords scope={scope} />
    </li>
  )
}
