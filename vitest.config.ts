import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: ['test/servers/global-setup.ts'],
    // Many tests wait for servers and programs: no core need be left free.
    maxWorkers: Math.max(2, availableParallelism()),
    // A busy machine makes a test slow, not wrong.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
    coverage: {
      provider: 'v8',
      include: ['packages/core/src/**'],
      reporter: ['text'],
      thresholds: { branches: 100, functions: 100, lines: 100, statements: 100 },
    },
  },
})
