import { extendApp } from '@patkit/core/adapter'
import { expect, test } from 'vitest'

test('an app whose requests and responses have no class', () => {
  const writeHead = () => {}
  const request: object = Object.create(null)
  const response = Object.assign(Object.create(null), { writeHead, getHeader: () => undefined, setHeader: () => {} })
  extendApp({ request, response })
  expect([Object.create(request).pat, response.writeHead === writeHead]).toEqual([undefined, false])
  const { writeHead: extended } = response
  extendApp({ request, response })
  expect(response.writeHead).toBe(extended)
})
