import { expect, test } from 'vitest'
import { createApi, NOON } from './api.ts'

test('event ids are different, and sort in the order of the events even when the clock stands or steps back', () => {
  const api = createApi()
  const missing = () => void api.outcome({ rawHeaders: [] })
  for (let n = 0; n < 5_000; n++) missing()
  api.time.now = NOON - 60_000
  missing()
  api.time.now = NOON + 60_000
  missing()
  const ids = api.events.map(({ id }) => id)
  expect(new Set(ids).size).toBe(5_002)
  expect(ids.toSorted()).toEqual(ids)
  expect(api.events[0]?.id).toMatch(new RegExp(`^${NOON.toString(16).padStart(12, '0').replace(/^.{8}/, '$&-')}-7000-`))
  expect(api.events.at(-1)?.at).toEqual(new Date(NOON + 60_000))
})
