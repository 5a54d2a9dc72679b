import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { OwnedToken } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { useAction } from '../loaded.ts'
import { Confirm } from '../parts/dialog.tsx'
import { tokenPath } from '../route.ts'
import { ReasonField, revocation } from '../token/reason-field.tsx'

interface BulkProps {
  readonly tokens: readonly OwnedToken[]
  readonly onClose: () => void
  readonly onRevoked: () => void
}

const MOST_NAMES = 10

/** Revokes the selected tokens one after the other. Where it stops, it says how many were revoked. */
export function BulkRevoke({ tokens, onClose, onRevoked }: BulkProps): JSX.Element {
  const { client, t, announce, emit } = useConsole()
  const action = useAction()
  const count = tokens.length
  const [reason, setReason] = useState('')

  async function revokeEach() {
    let done = 0
    try {
      for (const { principal_id, id } of tokens) {
        await client.send('POST', `${tokenPath(principal_id, id)}/revoke`, { body: revocation(reason) })
        emit('token-revoked', id)
        done += 1
      }
      announce(t('inventory.revoked', { count: done }))
      onRevoked()
    } catch (error) {
      announce(t('inventory.partly', { done, number: count }))
      throw error
    }
  }

  return (
    <Confirm
      title={t('inventory.revokeTitle', { count })}
      confirm={t('inventory.revoke', { count })}
      action={action}
      onClose={onClose}
      onConfirm={() => void action.run(revokeEach).then((isDone) => isDone && onClose())}
    >
      <p>{t('inventory.revokeText')}</p>
      <ul class="tight">
        {tokens.slice(0, MOST_NAMES).map(({ id, name, principal_id }) => (
          <li key={id}>
            <bdi>{name}</bdi> <span class="muted">({principal_id})</span>
          </li>
        ))}
        {count > MOST_NAMES && <li class="muted">{t('tokens.moreScopes', { number: count - MOST_NAMES })}</li>}
      </ul>
      <ReasonField reason={reason} onInput={setReason} fault={action.failure?.fault('reason') ?? null} />
    </Confirm>
  )
}
