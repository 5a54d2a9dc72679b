import * as forExpress from '@patkit/express'
import * as forHono from '@patkit/hono'
import * as forKoa from '@patkit/koa'
import { expect, test } from 'vitest'

test.each([
  ['Express', forExpress],
  ['Koa', forKoa],
  ['Hono', forHono],
])('%s: createPat returns the functions that the package exports', (_name, { createPat, ...functions }) => {
  expect({ ...createPat() }).toEqual(functions)
})
