import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { IssuedToken, ScopeOffer } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { useLoaded } from '../loaded.ts'
import { Heading } from '../parts/heading.tsx'
import { LoadedView } from '../parts/loading.tsx'
import { hashOf, type OwnerId, ownerPath, ownerSegments } from '../route.ts'
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
        {({ items }) => <CreateForm owner={owner} params={params} offers={items} onIssued={setIssued} />}
      </LoadedView>
    </section>
  )
}
