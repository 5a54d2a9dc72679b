import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'

const ALL = ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts', 'examples/*/test/**/*.test.ts']
/** Tests that share a process with others: to load the modules anew for each file costs more than the tests do. */
const SHARING = [
  'packages/*/test/**/*.test.ts',
  'examples/*/test/**/*.test.ts',
  'test/{api,architecture,prose,stores}/**/*.test.ts',
]
/** Of those, the ones that replace a module, or the timers of all that runs in the process. */
export const REPLACING = [
  'packages/api/test/docs-page.test.ts',
  'packages/core/test/audit-sink.test.ts',
  'packages/core/test/concurrent-lookups.test.ts',
  'packages/core/test/connected-channel.test.ts',
  'packages/core/test/failure-limit.test.ts',
  'packages/core/test/rate-limit.test.ts',
  'packages/core/test/reading-format.test.ts',
  'packages/core/test/verifier.test.ts',
]

export default defineConfig({
  test: {
    globalSetup: ['test/servers/global-setup.ts'],
    // Many tests wait for servers and programs, and leave room for one worker more than there are cores.
    maxWorkers: Math.max(2, availableParallelism()) + 1,
    projects: [
      projectOf('sharing', { include: SHARING, exclude: REPLACING, isolate: false }),
      projectOf('alone', { include: ALL, exclude: SHARING }),
      projectOf('replacing', { include: REPLACING }),
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/core/src/**'],
      reporter: ['text'],
      thresholds: { branches: 100, functions: 100, lines: 100, statements: 100 },
    },
  },
})

interface Files {
  readonly include: string[]
  readonly exclude?: string[]
  readonly isolate?: boolean
}

function projectOf(name: string, { exclude = [], ...files }: Files) {
  return {
    test: {
      name,
      ...files,
      exclude: [...configDefaults.exclude, ...exclude],
      // A busy machine makes a test slow, not wrong.
      testTimeout: 300_000,
      hookTimeout: 300_000,
      expect: { poll: { timeout: 60_000, interval: 20 } },
    },
  }
}
