import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { RequestFailed } from './api/client.ts'

const SLOW_MS = 3_000
export const PAUSE_MS = 250

export interface Loaded<T> {
  /** The last value: it stays while a newer one is loaded. */
  readonly value: T | null
  readonly failure: RequestFailed | null
  readonly isLoading: boolean
  /** Whether it has been loading for long. */
  readonly isSlow: boolean
  readonly reload: () => void
  /** Replaces the value by what an answer of the API has shown. */
  readonly replace: (value: T) => void
}

type Load<T> = (signal: AbortSignal) => Promise<T>

interface State<T> {
  readonly value: T | null
  readonly failure: RequestFailed | null
  readonly isLoading: boolean
}

/** Loads something, and again when a part of `key` changes. An older answer never replaces a newer one. */
export function useLoaded<T>(load: Load<T>, key: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<State<T>>({ value: null, failure: null, isLoading: true })
  const [round, setRound] = useState(0)
  const latest = useRef(load)
  latest.current = load
  useEffect(() => {
    const controller = new AbortController()
    setState(({ value }) => ({ value, failure: null, isLoading: true }))
    latest
      .current(controller.signal)
      .then((value) => settle({ value, failure: null, isLoading: false }))
      .catch((error) => settle({ failure: failureOf(error), isLoading: false }))
    const settle = (next: Partial<State<T>>) => {
      if (!controller.signal.aborted) setState((present) => ({ ...present, ...next }))
    }
    return () => controller.abort()
  }, [...key, round])
  const reload = useCallback(() => setRound((present) => present + 1), [])
  const replace = useCallback((value: T) => setState({ value, failure: null, isLoading: false }), [])
  return { ...state, isSlow: useSlow(state.isLoading), reload, replace }
}

/** The text once typing pauses. */
export function usePaused(text: string): string {
  const [paused, setPaused] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return paused
}

/** Whether something has been going on for three seconds. */
export function useSlow(isBusy: boolean): boolean {
  const [isSlow, setSlow] = useState(false)
  useEffect(() => {
    setSlow(false)
    if (!isBusy) return
    const timer = setTimeout(() => setSlow(true), SLOW_MS)
    return () => clearTimeout(timer)
  }, [isBusy])
  return isSlow
}

export interface Action {
  readonly isBusy: boolean
  readonly isSlow: boolean
  readonly failure: RequestFailed | null
  /** Runs the work unless other work runs. @returns whether it has succeeded */
  readonly run: (work: () => Promise<void>) => Promise<boolean>
  readonly forget: () => void
}

/** A change that the user asks for: one at a time, and its failure. */
export function useAction(): Action {
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<RequestFailed | null>(null)
  const running = useRef(false)
  const run = useCallback(async (work: () => Promise<void>) => {
    if (running.current) return false
    running.current = true
    setBusy(true)
    setFailure(null)
    try {
      await work()
      return true
    } catch (error) {
      setFailure(failureOf(error))
      return false
    } finally {
      running.current = false
      setBusy(false)
    }
  }, [])
  return { isBusy, isSlow: useSlow(isBusy), failure, run, forget: useCallback(() => setFailure(null), []) }
}

function failureOf(error: unknown): RequestFailed {
  return error instanceof RequestFailed ? error : new RequestFailed('server')
}
