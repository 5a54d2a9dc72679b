import { useEffect, useState } from 'preact/hooks'
import { useConsole } from '../console.ts'
import { isEntityScope, wordsOf } from './entity-scope.ts'

/** What entity scopes open: with ids at first, and with labels once the sources have answered; `null` for others. */
export function useEntityWords(scopes: readonly string[]): (scope: string) => string | null {
  const { entityScopes, entityLabels } = useConsole()
  const [, setRound] = useState(0)
  useEffect(() => {
    if (entityScopes === null) return
    const end = entityLabels.listen(() => setRound((round) => round + 1))
    entityLabels.ask(entityScopes, scopes)
    return end
  }, [entityScopes, entityLabels, scopes.join(' ')])
  return (scope) =>
    entityScopes !== null && isEntityScope(entityScopes, scope) ? wordsOf(entityScopes, scope, entityLabels) : null
}
