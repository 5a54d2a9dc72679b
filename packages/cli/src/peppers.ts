import type { Pepper } from '@patkit/core/adapter'
import { usageError } from './cli-error.ts'

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * Reads `id:base64,id:base64`, newest first. Messages count peppers and quote none: what is written in the wrong place
 * may be a key.
 *
 * @throws CliError naming the variable
 */
export function readPeppers(text: string | undefined): readonly Pepper[] {
  if (text === undefined || text.trim() === '') return []
  return text.split(',').map((entry, index) => {
    const at = entry.indexOf(':')
    const key = entry.slice(at + 1).trim()
    if (at < 1 || key === '' || !BASE64.test(key)) {
      throw usageError('PATKIT_PEPPERS', `must be <id>:<base64 key>, separated by commas: number ${index + 1} is not`)
    }
    return { id: entry.slice(0, at).trim(), key: Buffer.from(key, 'base64') }
  })
}

/** @throws CliError naming the variable */
export function readSwitch(name: string, text: string | undefined): boolean {
  if (text === undefined || text === '' || text === '0' || text === 'false') return false
  if (text === '1' || text === 'true') return true
  throw usageError(name, 'must be true or false')
}
