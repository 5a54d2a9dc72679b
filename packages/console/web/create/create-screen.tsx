import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Client } from '../api/client.ts'
import type { AuditEvent, IssuedToken, ScopeOffer } from '../api/models.ts'
import { readAll } from '../api/pages.ts'
import { useConsole } from '../console.ts'
import { useLoaded } from '../loaded.ts'
import { Heading } from '../parts/heading.tsx'
import { LoadedView } from '../parts/loading.tsx'
import { hashOf, type OwnerId, ownerPath, ownerSegments, tokenPath } from '../route.ts'
import { MOST_EVENTS, WEEK_MS } from '../token/event-counts.ts'
import { SecretStep } from '../token/secret-step.tsx'
import { CreateForm } from './create-form.tsx'

interface ScreenProps {
  readonly owner: OwnerId
  readonly params: URLSearchParams
  readonly takesFocus: boolean
}

/** The form, then the secret. The secret lives in the memory of this screen alone. */
export function CreateScreen({ owner, params, takesFocus }: ScreenProps): JSX.Element {
  const { client, t, go, hrefOf } = useConsole()
  const [issued, setIssued] = useState<IssuedToken | null>(null)
  const loaded = useLoaded(
    (signal) => client.get<{ readonly items: readonly ScopeOffer[] }>(`${ownerPath(owner)}/scopes`, {}, signal),
    [owner],
  )
  const like = params.get('like')
  const events = useLoaded<readonly AuditEvent[]>(
    async (signal) => (like === null ? [] : usesOf(client, tokenPath(owner, like), signal)),
    [owner, like],
  )
  const list = hashOf(ownerSegments(owner, 'tokens'))
  if (issued !== null) {
    const page = hashOf(ownerSegments(owner, 'tokens', issued.id))
    return <SecretStep key={issued.id} issued={issued} onClose={() => go(page)} />
  }
  return (
    <section class="screen stack form">
      <a href={hrefOf(list)}>{t('nav.back')}</a>
      <Heading takesFocus={takesFocus}>{owner === null ? t('create.title') : t('create.titleOf', { owner })}</Heading>
      {[...params.keys()].length > 0 && <p class="message">{t('create.prefilled')}</p>}
      <LoadedView loaded={loaded}>
        {({ items }) => (
          <CreateForm {...{ owner, params }} offers={items} events={events.value ?? []} onIssued={setIssued} />
        )}
      </LoadedView>
    </section>
  )
}

/** The uses of the last week of the token that is copied. */
async function usesOf(client: Client, path: string, signal: AbortSignal): Promise<readonly AuditEvent[]> {
  const query = { outcome: 'allowed', from: new Date(Date.now() - WEEK_MS).toISOString() }
  return (await readAll<AuditEvent>(client, `${path}/events`, query, MOST_EVENTS, signal)).items
}
