import { createHash, createHmac } from 'node:crypto'
import type { TokenFormat } from '@patkit/core'
import type { Core } from './core.ts'
import { storedRecord } from './stored-record.ts'
import type { FormatName } from './vector.ts'

/** A token of one format, and the digest it is stored under, which is computed here without any help of core. */
export interface Credential {
  readonly token: string
  readonly digest: string
}

/** The published example of the layout: body and checksum were computed by another implementation. */
const PUBLISHED = 'acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17'
const IMPORTED = '7|visible(secret)!'
const SELF_CONTAINED = 'self.known'
const PEPPER = { id: '2026', key: Buffer.alloc(32, 7) }

const CREDENTIALS = {
  prefixed: { token: PUBLISHED, digest: sha256(PUBLISHED) },
  peppered: { token: PUBLISHED, digest: `2026:${createHmac('sha256', PEPPER.key).update(PUBLISHED).digest('hex')}` },
  'peppered-or-plain': { token: PUBLISHED, digest: sha256(PUBLISHED) },
  imported: { token: IMPORTED, digest: sha256(IMPORTED) },
  'imported-half': { token: IMPORTED, digest: sha256('visible(secret)!') },
  failing: { token: PUBLISHED, digest: sha256(PUBLISHED) },
  'self-contained': { token: SELF_CONTAINED, digest: sha256(SELF_CONTAINED) },
} as const satisfies Record<FormatName, Credential>

const PREFIX = 'acme_pat'

const FORMATS = {
  prefixed: ({ tokenFormat }) => tokenFormat({ prefix: PREFIX }),
  peppered: ({ tokenFormat }) => tokenFormat({ prefix: PREFIX, peppers: [PEPPER] }),
  'peppered-or-plain': ({ tokenFormat }) => tokenFormat({ prefix: PREFIX, peppers: [PEPPER], acceptUnpeppered: true }),
  imported: ({ importedFormat }) =>
    importedFormat({ name: 'imported', maxLength: 128, syntax: 'visible', accepts: () => true }),
  'imported-half': ({ importedFormat }) =>
    importedFormat({
      name: 'imported-half',
      maxLength: 128,
      syntax: 'visible',
      accepts: (credential) => credential.includes('|'),
      digestedPart: (credential) => credential.slice(credential.indexOf('|') + 1),
    }),
  failing: ({ importedFormat }) =>
    importedFormat({
      name: 'failing',
      maxLength: 128,
      accepts: () => true,
      check: () => {
        throw new Error('failed on purpose')
      },
    }),
  'self-contained': ({ importedFormat }) => ({
    ...importedFormat({ name: 'self-contained', maxLength: 128, accepts: (text) => text.startsWith('self.') }),
    read: readSelf,
  }),
} as const satisfies Record<FormatName, (core: Core) => TokenFormat>

/** The token that a request presents where the first of the formats is the one given. */
export function credentialOf(format: FormatName): Credential {
  return CREDENTIALS[format]
}

export function buildFormat(format: FormatName, core: Core): TokenFormat {
  return FORMATS[format](core)
}

/** What a credential says of itself: how it is read is its name. */
function readSelf(credential: string): ReturnType<NonNullable<TokenFormat['read']>> {
  if (credential === 'self.failing') throw new Error('failed on purpose')
  if (credential === 'self.forged') return false
  if (credential === 'self.unknown') return null
  const userId = credential === 'self.robot' ? null : 'user-1'
  return storedRecord(sha256(credential === 'self.another' ? SELF_CONTAINED : credential), { userId })
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
