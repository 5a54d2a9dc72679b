import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'
import { openSqlite, type TestDatabase } from '../servers/test-database.ts'
import { launch, type Visit, visit } from './browser.ts'
import { type Harness, type HarnessOptions, openHarness, type Who } from './harness.ts'

/** The console of a block of tests. */
export interface OpenConsole {
  /** Requests of the open page to the API: `GET /api/tokens?…`. */
  readonly calls: () => readonly string[]
  /** Opens a page as a person, in place of the one before. A test whose last page has faults fails. */
  readonly on: (who: Who, hash?: string, options?: Parameters<typeof visit>[4]) => Promise<Page>
}

/**
 * A browser and a console on SQLite for the tests of a block, closed after them.
 *
 * @param prepare takes the harness before the first test
 */
export function openConsole(
  prepare: (harness: Harness, database: TestDatabase) => void | Promise<void>,
  options: HarnessOptions = {},
): OpenConsole {
  let browser: Browser
  let database: TestDatabase
  let harness: Harness
  let open: Visit | null = null

  async function close(): Promise<readonly string[]> {
    const faults = open?.faults ?? []
    await open?.page.context().close()
    open = null
    return faults
  }

  beforeAll(async () => {
    browser = await launch(inject('chromium') as string)
    database = await openSqlite()
    harness = await openHarness(database, options)
    await prepare(harness, database)
  })
  afterEach(async () => expect(await close()).toEqual([]))
  afterAll(async () => {
    await browser?.close()
    await harness?.close()
    await database?.drop()
  })

  return {
    calls: () => open?.calls ?? [],
    async on(who, hash = '', look = {}) {
      await close()
      open = await visit(browser, harness, who, hash, look)
      return open.page
    },
  }
}
