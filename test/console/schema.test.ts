import { expect, test } from 'vitest'
import { schemaText, storedSchema } from './schema.ts'

test('the types of the console are those of the OpenAPI document', async () => {
  expect(await storedSchema()).toBe(await schemaText())
})
