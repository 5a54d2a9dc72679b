import type { Layout } from '../layout.ts'
import { betterAuth } from './better-auth.ts'
import { keypal } from './keypal.ts'
import { sanctum } from './sanctum.ts'
import { sha256 } from './sha256.ts'
import { unkey } from './unkey.ts'

export type LayoutName = 'sha256' | 'sanctum' | 'better-auth' | 'unkey' | 'keypal'

export const LAYOUTS: Readonly<Record<LayoutName, Layout>> = {
  sha256,
  sanctum,
  'better-auth': betterAuth,
  unkey,
  keypal,
}
