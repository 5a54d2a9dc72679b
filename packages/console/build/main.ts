import { ensureAssets } from './assets.ts'

/** The folder, where it is not that of the package. */
await ensureAssets(process.argv[2])
