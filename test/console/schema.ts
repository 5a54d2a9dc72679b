import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createApi } from '@patkit/api'
import { createVerifier, tokenFormat } from '@patkit/core'
import { createTokenService, memoryStore } from '@patkit/tokens'
import openapiTS, { astToString } from 'openapi-typescript'
import { ROOT } from '../architecture/repository.ts'

export const SCHEMA_PATH: string = join(ROOT, 'packages/console/web/api/schema.ts')

/** The types of the API for the console, from the OpenAPI document. */
export async function schemaText(): Promise<string> {
  const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme' }) })
  const verifier = createVerifier(tokens.verifierOptions)
  const { document } = createApi({ tokens, verifier, authenticate: () => null })
  const nodes = await openapiTS(JSON.parse(JSON.stringify(document)))
  return `// Written by \`npx tsx test/console/write-schema.ts\` from the OpenAPI document.\n${astToString(nodes)}`
}

export const storedSchema = (): Promise<string> => readFile(SCHEMA_PATH, 'utf8')
