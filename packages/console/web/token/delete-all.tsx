import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Token } from '../api/models.ts'
import { readAll } from '../api/pages.ts'
import { useConsole } from '../console.ts'
import { useAction, useLoaded } from '../loaded.ts'
import { Confirm } from '../parts/dialog.tsx'
import { Field } from '../parts/field.tsx'
import { LoadedView } from '../parts/loading.tsx'
import { type OwnerId, ownerPath, tokenPath } from '../route.ts'

const MOST = 1_000
const WORD = 'delete'

interface DeleteAllProps {
  readonly owner: OwnerId
  readonly onClose: () => void
  readonly onDeleted: () => void
}

/** Deletes every token of an owner, after the count was typed over. */
export function DeleteAll({ owner, onClose, onDeleted }: DeleteAllProps): JSX.Element {
  const { client, t, announce, emit } = useConsole()
  const action = useAction()
  const [word, setWord] = useState('')
  const loaded = useLoaded((signal) => readAll<Token>(client, `${ownerPath(owner)}/tokens`, {}, MOST, signal), [owner])
  const tokens = loaded.value?.items ?? []

  async function deleteEach() {
    let done = 0
    try {
      for (const { id } of tokens) {
        await client.send('DELETE', tokenPath(owner, id))
        done += 1
        emit('token-deleted', id)
      }
      announce(t('end.deletedAll', { count: done }))
    } catch (error) {
      announce(t('end.deletedSome', { number: done }))
      throw error
    } finally {
      onDeleted()
    }
  }

  return (
    <Confirm
      title={t('end.deleteAllTitle', { count: tokens.length })}
      confirm={t('tokens.deleteAll')}
      action={action}
      isDisabled={word !== WORD || tokens.length === 0}
      onClose={onClose}
      onConfirm={() => void action.run(deleteEach).then((isDone) => isDone && onClose())}
    >
      <p>{t('end.deleteAllText')}</p>
      <LoadedView loaded={loaded}>{() => null}</LoadedView>
      <Field label={t('end.deleteAllConfirm', { word: WORD })}>
        {(attributes) => (
          <input
            {...attributes}
            autoComplete="off"
            value={word}
            onInput={(event) => setWord(event.currentTarget.value)}
          />
        )}
      </Field>
    </Confirm>
  )
}
