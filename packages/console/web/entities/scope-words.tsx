import type { JSX } from 'preact'
import { useEntityWords } from './entity-words.ts'

/** What an entity scope opens; nothing for other scopes. */
export function ScopeWords({ scope }: { scope: string }): JSX.Element | null {
  const words = useEntityWords([scope])(scope)
  return words === null ? null : <span class="small muted reason">{words}</span>
}
