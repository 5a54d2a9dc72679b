import { sqlStore } from '@patkit/sql'
import { dialectOf } from '../servers/dialect.ts'

/** A program of its own that brings a database up to date, and prints what it has run. */
const store = sqlStore({ dialect: dialectOf(process.argv[2] as string) })
console.log(JSON.stringify(await store.migrate()))
await store[Symbol.asyncDispose]()
