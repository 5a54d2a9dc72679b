import type { JSX } from 'preact'
import type { RequestFailed } from '../api/client.ts'
import { useConsole } from '../console.ts'

interface FailureProps {
  readonly failure: RequestFailed | null
  /** Repeats the request. */
  readonly retry?: (() => void) | undefined
  /** Whether a form around it keeps its input. */
  readonly isForm?: boolean
}

/** The failure in words, and the next step. */
export function Failure({ failure, retry, isForm = false }: FailureProps): JSX.Element | null {
  const { t, signInUrl } = useConsole()
  if (failure === null) return null
  const { kind, problem } = failure
  return (
    <div class="message bad" role="alert" part="failure">
      <p>
        {t(`failure.${kind}`)} {isForm && t('state.kept')}
      </p>
      {problem !== null && kind !== 'session' && <p class="small">{t('failure.detail', { detail: problem.detail })}</p>}
      {problem?.request_id && <p class="small muted">{t('failure.requestId', { id: problem.request_id })}</p>}
      {kind === 'session' && signInUrl !== null && (
        <a href={signInUrl} target="_blank" rel="noreferrer">
          {t('failure.signIn')}
        </a>
      )}
      {retry && (
        <button type="button" onClick={retry}>
          {t('state.retry')}
        </button>
      )}
    </div>
  )
}
