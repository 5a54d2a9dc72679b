import { ensureAssets } from './assets.ts'

await ensureAssets()
