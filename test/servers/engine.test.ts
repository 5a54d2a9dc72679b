import { Kysely, sql } from 'kysely'
import { expect, test } from 'vitest'
import { onEachEngine } from './engine.ts'

onEachEngine(({ open }) => {
  test('gives databases of their own', async () => {
    const [one, other] = await Promise.all([open(), open()])
    const [first, second] = [one, other].map(({ dialect }) => new Kysely({ dialect: dialect() }))
    await sql`create table t (a int)`.execute(first as Kysely<unknown>)
    await expect(sql`select * from t`.execute(second as Kysely<unknown>)).rejects.toThrow()
    expect((await sql`select * from t`.execute(first as Kysely<unknown>)).rows).toEqual([])
    await Promise.all([first?.destroy(), second?.destroy()])
    await Promise.all([one.drop(), other.drop()])
  })
})
