import type { JSX, TargetedSubmitEvent } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { EntityScopes } from '../../src/page-config.ts'
import { newIdempotencyKey } from '../api/client.ts'
import type { AuditEvent, IssuedToken, Page, ScopeOffer, Token } from '../api/models.ts'
import { LARGEST_PAGE } from '../api/pages.ts'
import { useConsole } from '../console.ts'
import { isEntityScope } from '../entities/entity-scope.ts'
import { useAction, useLoaded } from '../loaded.ts'
import { Failure } from '../parts/failure.tsx'
import { Field } from '../parts/field.tsx'
import { Slow } from '../parts/loading.tsx'
import { type OwnerId, ownerPath } from '../route.ts'
import { isRange } from './address.ts'
import { AddressField } from './address-field.tsx'
import { type Change, creationOf, type Draft, dateEnd, draftOf, LONGEST_NAME_UNITS } from './draft.ts'
import { entriesOf } from './entries.ts'
import { LifetimeField } from './lifetime-field.tsx'
import { ScopePicker } from './scope-picker.tsx'
import { Share } from './share.tsx'

interface FormProps {
  readonly owner: OwnerId
  readonly params: URLSearchParams
  readonly offers: readonly ScopeOffer[]
  /** The latest events of the token that is copied; none for another new token. */
  readonly events: readonly AuditEvent[]
  readonly onIssued: (issued: IssuedToken) => void
}

export function CreateForm({ owner, params, offers, events, onIssued }: FormProps): JSX.Element {
  const { client, t, caller, emit, entityScopes } = useConsole()
  const [draft, setDraft] = useState(() => withoutUnknown(draftOf(params, caller.policy), offers, entityScopes))
  const [isChecked, setChecked] = useState(false)
  const action = useAction()
  // A repeated request with the same input gets the same secret; other input is another request.
  const key = useRef({ body: '', key: '' })
  const form = useRef<HTMLFormElement>(null)
  const isCopy = params.has('like')
  const others = useOthers(owner, !isCopy && entriesOf(draft.addresses).length > 0)
  const change: Change = (part) => setDraft({ ...draft, ...part })

  async function create() {
    const body = creationOf(draft, Date.now())
    const text = JSON.stringify(body)
    if (key.current.body !== text) key.current = { body: text, key: newIdempotencyKey() }
    const path = `${ownerPath(owner)}/tokens`
    const issued = await client.send<IssuedToken>('POST', path, { body, idempotencyKey: key.current.key })
    emit('token-created', issued.id)
    onIssued(issued)
  }

  function submit(event: TargetedSubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    setChecked(true)
    if (isComplete(draft)) void action.run(create)
    else queueMicrotask(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
  }

  const { failure } = action
  return (
    <form ref={form} class="stack" noValidate onSubmit={submit} part="form">
      <TextFields draft={draft} change={change} isChecked={isChecked} fault={(name) => failure?.fault(name) ?? null} />
      <LifetimeField draft={draft} change={change} fault={lifetimeFault(draft, isChecked, t('create.dateMissing'))} />
      <ScopePicker owner={owner} offers={offers} {...draft} change={change} fault={failure?.fault('scopes') ?? null} />
      <AddressField {...{ draft, change, events, others }} fault={failure?.fault('ip_allowlist') ?? null} />
      <Slow isSlow={action.isSlow} />
      <Failure failure={failure} isForm />
      <div class="row between">
        <button type="submit" class="primary" part="button-primary" aria-disabled={action.isBusy}>
          {action.isBusy ? t('create.busy') : t('create.submit')}
        </button>
        <Share draft={draft} owner={owner} />
      </div>
    </form>
  )
}

/** The active tokens of the owner that were used last. */
function useOthers(owner: OwnerId, isNeeded: boolean): readonly Token[] {
  const { client } = useConsole()
  const query = { status: 'active', sort: 'last_used_at', order: 'desc', limit: LARGEST_PAGE }
  const loaded = useLoaded(
    async (signal) =>
      isNeeded ? (await client.get<Page<Token>>(`${ownerPath(owner)}/tokens`, query, signal)).items : [],
    [owner, isNeeded],
  )
  return loaded.value ?? []
}

interface TextFieldsProps {
  readonly draft: Draft
  readonly change: Change
  readonly isChecked: boolean
  readonly fault: (field: string) => string | null
}

function TextFields({ draft, change, isChecked, fault }: TextFieldsProps): JSX.Element {
  const { t } = useConsole()
  const nameFault = isChecked && draft.name.trim() === '' ? t('create.nameMissing') : fault('name')
  return (
    <>
      <Field label={t('create.name')} help={t('create.nameHelp')} fault={nameFault}>
        {(attributes) => (
          <input
            {...attributes}
            class="wide"
            required
            maxLength={LONGEST_NAME_UNITS}
            autoComplete="off"
            value={draft.name}
            onInput={(event) => change({ name: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label={t('create.description')} isOptional fault={fault('description')}>
        {(attributes) => (
          <input
            {...attributes}
            class="wide"
            maxLength={500}
            autoComplete="off"
            value={draft.description}
            onInput={(event) => change({ description: event.currentTarget.value })}
          />
        )}
      </Field>
      <details open={draft.user !== ''}>
        <summary>{t('create.user')}</summary>
        <Field label={t('create.user')} help={t('create.userHelp')} isOptional fault={fault('user_id')}>
          {(attributes) => (
            <input
              {...attributes}
              autoComplete="off"
              value={draft.user}
              onInput={(event) => change({ user: event.currentTarget.value.trim() })}
            />
          )}
        </Field>
      </details>
    </>
  )
}

/** Scopes of a link that the catalogue does not have are shown as text, where a person sees them. */
function withoutUnknown(draft: Draft, offers: readonly ScopeOffer[], entityScopes: EntityScopes | null): Draft {
  const known = new Map(offers.map((offer) => [offer.name, offer.grantable]))
  const isEntity = (scope: string) => entityScopes !== null && !known.has(scope) && isEntityScope(entityScopes, scope)
  return {
    ...draft,
    scopes: draft.scopes.filter((scope) => known.get(scope) === true || isEntity(scope)),
    further: draft.scopes.filter((scope) => !known.has(scope) && !isEntity(scope)).join(' '),
  }
}

function isComplete(draft: Draft): boolean {
  const hasEnd = draft.lifetime !== 'date' || dateEnd(draft.date, Date.now()) !== null
  return draft.name.trim() !== '' && hasEnd && entriesOf(draft.addresses).every(isRange)
}

function lifetimeFault({ lifetime, date }: Draft, isChecked: boolean, text: string): string | null {
  return isChecked && lifetime === 'date' && dateEnd(date, Date.now()) === null ? text : null
}
