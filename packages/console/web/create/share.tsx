import type { JSX } from 'preact'
import { useConsole } from '../console.ts'
import { CopyButton } from '../parts/copy.tsx'
import { type OwnerId, ownerPath, ownerSegments } from '../route.ts'
import { curlLine, formLink, patkitLine } from './command-lines.ts'
import { creationOf, type Draft, paramsOf } from './draft.ts'

/** The form as a link, a curl line or a line of the command line. It never holds a secret. */
export function Share({ draft, owner }: { draft: Draft; owner: OwnerId }): JSX.Element {
  const { t, caller, apiUrl } = useConsole()
  const creation = () => creationOf(draft, Date.now())
  const texts = [
    ['create.asLink', () => formLink(ownerSegments(owner, 'new'), paramsOf(draft))],
    ['create.asCurl', () => curlLine(`${apiUrl}${ownerPath(owner)}/tokens`, creation())],
    ['create.asCommand', () => patkitLine(owner ?? caller.principal_id ?? caller.id, creation())],
  ] as const
  return (
    <div class="row small" role="group" aria-label={t('create.share')}>
      <span class="muted">{t('create.share')}</span>
      {texts.map(([key, text]) => (
        <CopyButton key={key} text={text} label={t(key)} />
      ))}
    </div>
  )
}
