import type { JSX, TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import type { Token } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { isRange } from '../create/address.ts'
import { AddressField } from '../create/address-field.tsx'
import { LONGEST_NAME_UNITS } from '../create/draft.ts'
import { entriesOf } from '../create/entries.ts'
import { useAction } from '../loaded.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Failure } from '../parts/failure.tsx'
import { Field } from '../parts/field.tsx'
import { tokenPath } from '../route.ts'
import type { Events, OneToken } from './one-token.ts'

interface EditProps extends OneToken {
  readonly events: Events | null
  readonly onClose: () => void
}

/** Changes name, description and addresses. */
export function EditDialog({ token, owner, events, onChanged, onClose }: EditProps): JSX.Element {
  const { client, t, announce } = useConsole()
  const action = useAction()
  const [name, setName] = useState(token.name)
  const [description, setDescription] = useState(token.description ?? '')
  const [addresses, setAddresses] = useState((token.ip_allowlist ?? []).join('\n'))

  async function save() {
    const ranges = entriesOf(addresses)
    const body = {
      name,
      description: description === '' ? null : description,
      ip_allowlist: ranges.length === 0 ? null : ranges,
    }
    onChanged(await client.send<Token>('PATCH', tokenPath(owner, token.id), { body }))
    announce(t('token.saved'))
  }

  function submit(event: TargetedSubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (name.trim() === '' || !entriesOf(addresses).every(isRange)) return
    void action.run(save).then((isDone) => isDone && onClose())
  }

  const { failure } = action
  const nameFault = name.trim() === '' ? t('create.nameMissing') : (failure?.fault('name') ?? null)
  return (
    <Dialog title={t('token.editTitle', { name: token.name })} onClose={onClose}>
      <form class="stack" noValidate onSubmit={submit}>
        <TextInput
          label={t('create.name')}
          value={name}
          onInput={setName}
          most={LONGEST_NAME_UNITS}
          fault={nameFault}
        />
        <TextInput label={t('create.description')} value={description} onInput={setDescription} most={500} isOptional />
        <AddressField
          draft={{ addresses }}
          change={(part) => setAddresses(part.addresses ?? '')}
          events={events?.items ?? []}
          fault={failure?.fault('ip_allowlist') ?? null}
        />
        <Failure failure={failure} isForm />
        <div class="row">
          <button type="submit" class="primary" aria-disabled={action.isBusy}>
            {t('token.save')}
          </button>
          <button type="button" onClick={onClose}>
            {t('state.cancel')}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

interface TextInputProps {
  readonly label: string
  readonly value: string
  readonly most: number
  readonly onInput: (text: string) => void
  readonly fault?: string | null
  readonly isOptional?: boolean
}

function TextInput({ label, value, most, onInput, fault = null, isOptional = false }: TextInputProps): JSX.Element {
  return (
    <Field label={label} fault={fault} isOptional={isOptional}>
      {(attributes) => (
        <input
          {...attributes}
          class="wide"
          maxLength={most}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}
