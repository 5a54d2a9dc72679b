import type { JSX } from 'preact'
import type { ScopeUse, Token } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { DAY_MS } from '../format.ts'
import { useLoaded } from '../loaded.ts'
import { LoadedView } from '../parts/loading.tsx'
import { ScopeTags } from '../parts/scope-tags.tsx'
import { type OwnerId, tokenPath } from '../route.ts'

const UNUSED_DAYS = 90

interface UnusedProps {
  readonly token: Token
  readonly owner: OwnerId
  /** `null` where scopes cannot be changed. */
  readonly giveUp: ((scopes: readonly string[]) => void) | null
}

/** Scopes without a recorded use in 90 days, where recording has covered all of these. */
export function UnusedScopes({ token, owner, giveUp }: UnusedProps): JSX.Element {
  const { client } = useConsole()
  const path = `${tokenPath(owner, token.id)}/scopes`
  const loaded = useLoaded(
    (signal) => client.get<{ readonly items: readonly ScopeUse[] }>(path, {}, signal),
    [path, token.scopes.join(' ')],
  )
  return <LoadedView loaded={loaded}>{({ items }) => <Findings uses={items} giveUp={giveUp} />}</LoadedView>
}

function Findings({ uses, giveUp }: Pick<UnusedProps, 'giveUp'> & { uses: readonly ScopeUse[] }): JSX.Element {
  const { t } = useConsole()
  const isOld = (at: string | null) => at !== null && Date.now() - new Date(at).getTime() >= UNUSED_DAYS * DAY_MS
  const known = uses.filter(({ recorded_since }) => isOld(recorded_since))
  const unused = known.filter(({ last_used_at }) => last_used_at === null || isOld(last_used_at))
  const scopes = unused.map(({ scope }) => scope)
  const days = { number: UNUSED_DAYS }
  if (scopes.length === 0) {
    return <p class="small muted">{t(known.length < uses.length ? 'scopes.unusedUnknown' : 'scopes.allUsed', days)}</p>
  }
  return (
    <div class="tight">
      <p>{t('scopes.unused', days)}</p>
      <ScopeTags scopes={scopes} most={scopes.length} />
      {known.length < uses.length && <p class="small muted">{t('scopes.othersUnknown')}</p>}
      {giveUp && (
        <div>
          <button type="button" onClick={() => giveUp(scopes)}>
            {t('scopes.giveUp', { count: scopes.length })}
          </button>
        </div>
      )}
    </div>
  )
}
