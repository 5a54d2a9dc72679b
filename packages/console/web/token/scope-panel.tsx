import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ScopeOffer, Token } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { scopesOf } from '../create/draft.ts'
import { ScopePicker } from '../create/scope-picker.tsx'
import { useAction, useLoaded } from '../loaded.ts'
import { Confirm, Dialog } from '../parts/dialog.tsx'
import { Failure } from '../parts/failure.tsx'
import { HeldScopes } from '../parts/held-scopes.tsx'
import { LoadedView } from '../parts/loading.tsx'
import { ownerPath, tokenPath } from '../route.ts'
import type { TextKey, Values } from '../text/translate.ts'
import type { OneToken } from './one-token.ts'
import { UnusedScopes } from './unused-scopes.tsx'

/** The scopes of a token: removed one by one, all, or added. */
export function ScopePanel({ token, owner, onChanged }: OneToken): JSX.Element {
  const { client, t, announce } = useConsole()
  const action = useAction()
  const [open, setOpen] = useState<'add' | 'clear' | null>(null)
  const path = `${tokenPath(owner, token.id)}/scopes`
  const isEditable = token.status === 'active'
  const close = () => setOpen(null)
  const change = (request: () => Promise<Token>, key: TextKey, values?: Values) =>
    action.run(async () => {
      onChanged(await request())
      announce(t(key, values))
    })
  const remove = (scope: string) =>
    change(() => client.send('POST', `${path}/remove`, { body: { scopes: [scope] } }), 'scopes.removed', { scope })
  const giveUp = (scopes: readonly string[]) =>
    change(() => client.send('POST', `${path}/remove`, { body: { scopes } }), 'scopes.givenUp', {
      count: scopes.length,
    })
  const clear = () => change(() => client.send('DELETE', path), 'scopes.cleared').then((isDone) => isDone && close())

  return (
    <section class="panel" aria-label={t('scopes.title')}>
      <h3>{t('scopes.title')}</h3>
      <ScopeRows scopes={token.scopes} remove={isEditable ? remove : null} />
      {token.scopes.length > 0 && (
        <UnusedScopes token={token} owner={owner} giveUp={isEditable ? (scopes) => void giveUp(scopes) : null} />
      )}
      {open === null && <Failure failure={action.failure} />}
      {isEditable && (
        <div class="row">
          <button type="button" onClick={() => setOpen('add')}>
            {t('scopes.add')}
          </button>
          {token.scopes.length > 0 && (
            <button type="button" class="quiet danger" onClick={() => setOpen('clear')}>
              {t('scopes.clear')}
            </button>
          )}
        </div>
      )}
      {open === 'add' && <AddDialog {...{ token, owner, onChanged }} onClose={close} />}
      {open === 'clear' && (
        <Confirm
          title={t('scopes.clear')}
          confirm={t('scopes.clear')}
          action={action}
          onConfirm={() => void clear()}
          onClose={close}
        >
          <p>{t('scopes.clearText')}</p>
        </Confirm>
      )}
    </section>
  )
}

interface RowsProps {
  readonly scopes: readonly string[]
  readonly remove: ((scope: string) => void) | null
}

function ScopeRows({ scopes, remove }: RowsProps): JSX.Element {
  const { t } = useConsole()
  if (scopes.length === 0) return <p class="muted">{t('scopes.none')}</p>
  return <HeldScopes scopes={scopes} label={t('scopes.title')} remover={(scope) => remove && (() => remove(scope))} />
}

function AddDialog({ token, owner, onChanged, onClose }: OneToken & { onClose: () => void }): JSX.Element {
  const { client, t, announce } = useConsole()
  const action = useAction()
  const [chosen, setChosen] = useState<{ scopes: readonly string[]; further: string }>({ scopes: [], further: '' })
  const loaded = useLoaded(
    (signal) => client.get<{ readonly items: readonly ScopeOffer[] }>(`${ownerPath(owner)}/scopes`, {}, signal),
    [owner],
  )
  const scopes = scopesOf(chosen)
  async function add() {
    onChanged(await client.send<Token>('POST', `${tokenPath(owner, token.id)}/scopes`, { body: { scopes } }))
    announce(t('scopes.added'))
  }
  return (
    <Dialog title={t('scopes.add')} onClose={onClose}>
      <LoadedView loaded={loaded}>
        {({ items }) => (
          <ScopePicker
            {...chosen}
            owner={owner}
            offers={items.filter(({ name }) => !token.scopes.includes(name))}
            change={(part) => setChosen({ ...chosen, ...part })}
            fault={action.failure?.fault('scopes') ?? null}
          />
        )}
      </LoadedView>
      <Failure failure={action.failure} isForm />
      <div class="row">
        <button
          type="button"
          class="primary"
          disabled={scopes.length === 0}
          aria-disabled={action.isBusy}
          onClick={() => void action.run(add).then((isDone) => isDone && onClose())}
        >
          {t('scopes.addSubmit')}
        </button>
        <button type="button" onClick={onClose}>
          {t('state.cancel')}
        </button>
      </div>
    </Dialog>
  )
}
