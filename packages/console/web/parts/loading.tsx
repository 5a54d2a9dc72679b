import type { ComponentChildren, JSX } from 'preact'
import { useConsole } from '../console.ts'
import type { Loaded } from '../loaded.ts'
import { Failure } from './failure.tsx'

/** The state of something that is loaded: it waits, it has failed, or its value is shown. */
export function LoadedView<T>({
  loaded,
  children,
}: {
  loaded: Loaded<T>
  children: (value: T) => ComponentChildren
}): JSX.Element {
  const { t } = useConsole()
  const { value, failure, isLoading, isSlow, reload } = loaded
  return (
    <div class={isLoading && value !== null ? 'stack busy' : 'stack'} aria-busy={isLoading}>
      {isLoading && value === null && (
        <p class="row muted" role="status">
          <span class="spinner" aria-hidden="true" /> {t('state.loading')}
        </p>
      )}
      {isSlow && (
        <p class="message warn" role="status">
          {t('state.slow')}
        </p>
      )}
      <Failure failure={failure} retry={reload} />
      {value !== null && children(value)}
    </div>
  )
}

/** What a slow change says. */
export function Slow({ isSlow }: { isSlow: boolean }): JSX.Element | null {
  const { t } = useConsole()
  return isSlow ? (
    <p class="message warn" role="status">
      {t('state.slow')}
    </p>
  ) : null
}
