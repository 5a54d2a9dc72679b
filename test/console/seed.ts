import { tokenFormat } from '@patkit/core'
import { ACTOR, ADA, type Harness, ROBOT } from './harness.ts'

const DAY_MS = 86_400_000

interface Seeded {
  /** A secret that is used every day. */
  readonly backup: string
  readonly backupId: string
  readonly rotatedId: string
  readonly revokedId: string
  /** Of a service, with a scope that is unused. */
  readonly releasesId: string
}

/** Tokens in every state, with the activity of a month. */
export async function seedTokens(harness: Harness): Promise<Seeded> {
  const { tokens, clock } = harness
  const create = async (daysAgo: number, owner: typeof ADA, input: Parameters<typeof tokens.create>[2]) => {
    clock.offsetMs = daysAgo * DAY_MS
    return tokens.create(ACTOR, owner, input)
  }
  await create(200, ROBOT, { name: 'deploy', scopes: ['drive:read', 'drive:write'], expiry: { days: 364 } })
  clock.offsetMs = 80 * DAY_MS
  const { digest } = tokenFormat({ prefix: 'old' }).mint()
  const legacy = {
    digest,
    hint: 'old_…k3Zq',
    name: 'legacy export',
    scopes: ['drive:read', 'drive:share'],
    expiresAt: null,
  }
  const robot = await tokens.getPrincipal(ROBOT)
  await tokens.putPrincipal(ACTOR, { ...ROBOT, kind: 'service', ceiling: null })
  await tokens.import(ACTOR, ROBOT, legacy)
  await tokens.putPrincipal(ACTOR, robot)
  const both = ['drive:read', 'drive:write']
  const releases = await create(150, ROBOT, { name: 'releases', scopes: both, expiry: { days: 300 } })
  await create(
    120,
    { ...ADA, principalId: 'zed' },
    { name: 'left behind', scopes: ['drive:read'], expiry: { days: 300 } },
  )
  await create(95, ADA, { name: 'old laptop', scopes: ['drive:read', 'mail:read'], expiry: { days: 60 } })
  const gone = await create(60, ADA, { name: 'conference demo', scopes: ['drive:read'], expiry: { days: 90 } })
  await tokens.revoke(ACTOR, ADA, gone.token.id, { reason: 'The conference is over' })
  await harness.use(gone.secret.reveal(), '/late', '198.51.100.4')
  const calendar = { name: 'calendar sync', description: 'Phone', scopes: ['mail:read'], expiry: { days: 30 } }
  const rotated = await create(27, ADA, calendar)
  clock.offsetMs = 3_600_000
  await harness.use(rotated.secret.reveal(), '/messages', '198.51.100.9')
  clock.offsetMs = 600_000
  await tokens.rotate(ACTOR, ADA, rotated.token.id, { overlapSeconds: 86_400 })
  const backup = await create(31, ADA, {
    name: 'nightly backup',
    description: 'Copies the shared drive to the office NAS',
    scopes: ['drive:read', 'drive:write', 'drive:share', 'mail:read'],
    expiry: { days: 180 },
  })
  await create(1, ADA, { name: 'ci pipeline', scopes: ['drive:read', 'drive:write'], expiry: { days: 365 } })
  const secret = backup.secret.reveal()
  for (const day of [140, 10]) {
    clock.offsetMs = day * DAY_MS
    await harness.use(releases.secret.reveal(), '/releases', '198.51.100.20')
    await tokens.flush()
  }
  for (let day = 29; day >= 0; day--) {
    clock.offsetMs = day * DAY_MS + 240_000
    for (let index = 0; index < (day % 5) + 2; index++)
      await harness.use(secret, index % 3 === 0 ? '/files' : '/files/plan.txt')
    if (day % 9 === 4) await harness.use(`${secret.slice(0, -3)}abc`, '/files', '198.51.100.4')
  }
  clock.offsetMs = 0
  await tokens.putPrincipal(ACTOR, { organizationId: 'acme', principalId: 'zed', kind: 'user', disabledAt: new Date() })
  await tokens.flush()
  return {
    backup: secret,
    backupId: backup.token.id,
    rotatedId: rotated.token.id,
    revokedId: gone.token.id,
    releasesId: releases.token.id,
  }
}
