import { writeFile } from 'node:fs/promises'
import { SCHEMA_PATH, schemaText } from './schema.ts'

await writeFile(SCHEMA_PATH, await schemaText())
