import { defineConfig } from 'vitest/config'

/** Packing and installing take minutes and the registry: part of `pnpm check`, not of `pnpm test`. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.spec.ts'],
    globalSetup: ['pack-packages.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
