import type { JSX, RefObject } from 'preact'
import { useConsole } from '../console.ts'

/** Copies text; without a clipboard (plain HTTP) it selects the field and tries the older way. @returns whether it was copied */
export async function copyText(text: string, field: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copySelection(text, field)
  }
}

function copySelection(text: string, field: HTMLInputElement | null): boolean {
  if (field === null || field.value !== text || field.type === 'password') return false
  field.focus()
  field.select()
  try {
    return document.execCommand('copy')
  } catch {
    return false
  }
}

interface CopyProps {
  readonly text: () => string
  readonly label: string
  /** For several buttons of one text: what this one copies. */
  readonly name?: string
  readonly field?: RefObject<HTMLInputElement | null>
  readonly isPrimary?: boolean
  readonly onCopied?: () => void
}

/** Copies, and says whether it has. */
export function CopyButton({ text, label, name, field, isPrimary = false, onCopied }: CopyProps): JSX.Element {
  const { t, announce } = useConsole()
  async function copy() {
    const isCopied = await copyText(text(), field?.current ?? null)
    announce(t(isCopied ? 'state.copied' : 'state.copyFailed'))
    if (isCopied) onCopied?.()
    else field?.current?.select()
  }
  return (
    <button type="button" class={isPrimary ? 'primary' : ''} aria-label={name} onClick={() => void copy()}>
      {label}
    </button>
  )
}
