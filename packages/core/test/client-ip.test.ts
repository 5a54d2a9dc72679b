import { expect, test } from 'vitest'
import { bearing, createApi } from './api.ts'

test('many peers are told apart, the same ones again and again', async () => {
  const api = createApi({ cacheEntries: 1 })
  const token = api.issue({ ipAllowlist: ['10.0.0.0/16'] })
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 2_000; n++) {
      const [high, low] = [n >> 8, n & 255]
      expect(await api.outcome(bearing(token, `10.0.${high}.${low}`))).toBe('allowed')
      expect(await api.outcome(bearing(token, `10.1.${high}.${low}`))).toBe('ip_denied')
    }
  }
})

test.each([`${'0'.repeat(50)}`, 'unknown', '10.0.0.1:80', ''])('%j is no address', async (peer) => {
  const api = createApi()
  expect(await api.outcome(bearing(api.issue(), peer))).toBe('allowed')
  expect(api.events[0]?.clientIp).toBeNull()
})
