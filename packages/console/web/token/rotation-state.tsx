import type { JSX } from 'preact'
import type { AuditEvent, Secret } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { exactTime, relativeTime } from '../format.ts'
import { useLoaded } from '../loaded.ts'
import { LoadedView } from '../parts/loading.tsx'
import { Time } from '../parts/time.tsx'
import { tokenPath } from '../route.ts'
import type { TextKey } from '../text/translate.ts'
import type { OneToken } from './one-token.ts'

interface StateProps extends Pick<OneToken, 'token' | 'owner'> {
  /** The changes of the token, the newest first. */
  readonly changes: readonly AuditEvent[]
}

/** The last rotation: its old and its new secret, the last use of each, and the next step. */
export function RotationState({ token, owner, changes }: StateProps): JSX.Element | null {
  const { client } = useConsole()
  const begun = changes.findIndex(({ outcome }) => outcome === 'rotate')
  const path = `${tokenPath(owner, token.id)}/secrets`
  const loaded = useLoaded<readonly Secret[]>(
    async (signal) =>
      begun === -1 ? [] : (await client.get<{ readonly items: readonly Secret[] }>(path, {}, signal)).items,
    [path, begun, changes.length],
  )
  if (begun === -1) return null
  return (
    <LoadedView loaded={loaded}>
      {([fresh, earlier]) => fresh && earlier && <TwoSecrets {...{ fresh, earlier }} since={changes.slice(0, begun)} />}
    </LoadedView>
  )
}

interface SecretsProps {
  readonly fresh: Secret
  readonly earlier: Secret
  /** The changes since the rotation. */
  readonly since: readonly AuditEvent[]
}

function TwoSecrets({ fresh, earlier, since }: SecretsProps): JSX.Element {
  const { t } = useConsole()
  const reused = since.find(({ outcome }) => outcome === 'secret_reused')
  return (
    <>
      <table class="table cards" role="table">
        <caption class="visually-hidden">{t('rotate.secrets')}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {(['rotate.secret', 'rotate.made', 'tokens.lastUsed', 'tokens.ends'] as const).map((key) => (
              <th key={key} scope="col">
                {t(key)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          <Row name="rotate.new" secret={fresh} />
          <Row name="rotate.earlier" secret={earlier} />
        </tbody>
      </table>
      <Guide {...{ fresh, earlier, since }} />
      {reused && (
        <p class="message warn">
          <When text="rotate.stepReused" at={reused.at} />
        </p>
      )}
    </>
  )
}

function Row({ name, secret }: { name: TextKey; secret: Secret }): JSX.Element {
  const { t } = useConsole()
  const { created_at, last_used_at, last_used_ip, ends_at } = secret
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        {t(name)}
      </th>
      <td role="cell" data-label={t('rotate.made')}>
        <Time at={created_at} none="" />
      </td>
      <td role="cell" data-label={t('tokens.lastUsed')}>
        <span>
          <Time at={last_used_at} none={t('rotate.noUse')} />
          {last_used_ip !== null && <span class="muted"> {t('tokens.from', { address: last_used_ip })}</span>}
        </span>
      </td>
      <td role="cell" data-label={t('tokens.ends')}>
        <Time at={ends_at} none={t('rotate.withToken')} />
      </td>
    </tr>
  )
}

/** What the rotation waits for. */
function Guide({ fresh, earlier, since }: SecretsProps): JSX.Element {
  const { t } = useConsole()
  const isUsed = fresh.last_used_at !== null || since.some(({ outcome }) => outcome === 'secret_adopted')
  const hasEnded = earlier.ends_at !== null && new Date(earlier.ends_at).getTime() <= Date.now()
  if (!isUsed && hasEnded) return <p class="message warn">{t('rotate.bothUnused')}</p>
  return (
    <p>
      {isUsed ? t('rotate.inUse') : <When text="rotate.overlapping" at={earlier.ends_at ?? fresh.created_at} />}{' '}
      {earlier.last_used_at === null ? (
        t('rotate.neverSeen')
      ) : (
        <When text="rotate.unusedSince" at={earlier.last_used_at} />
      )}
    </p>
  )
}

function When({ text, at }: { text: TextKey; at: string }): JSX.Element {
  const { t, language } = useConsole()
  const instant = new Date(at)
  const when = `${relativeTime(instant, Date.now(), language)} (${exactTime(instant, language)})`
  return <>{t(text, { when })}</>
}
