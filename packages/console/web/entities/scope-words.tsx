import type { JSX } from 'preact'
import { useConsole } from '../console.ts'
import { isEntityScope, wordsOf } from './entity-scope.ts'

/** What an entity scope opens; nothing for other scopes. */
export function ScopeWords({ scope }: { scope: string }): JSX.Element | null {
  const { entityScopes, entityLabels } = useConsole()
  if (entityScopes === null || !isEntityScope(entityScopes, scope)) return null
  return <span class="small muted reason">{wordsOf(entityScopes, scope, entityLabels)}</span>
}
