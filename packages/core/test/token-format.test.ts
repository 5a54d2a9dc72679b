import { inspect } from 'node:util'
import { digestToken, tokenFormat } from '@patkit/core'
import { expect, test } from 'vitest'

const format = tokenFormat({ prefix: 'acme_pat' })

test('a published checksum is accepted, and no other', () => {
  expect(format.check('acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17')).toBe(true)
  expect(format.check('acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18')).toBe(false)
})

test('a minted token is redacted until it is asked for', () => {
  const minted = format.mint()
  const secret = minted.reveal()
  expect(`${minted} ${JSON.stringify({ minted })} ${inspect(minted)}`).not.toContain(secret.slice(9, 30))
  expect(minted.digest).toBe(digestToken(secret))
})
