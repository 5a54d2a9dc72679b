import type { ListInput, ListSort, ListStatus, PolicyTrial } from '@patkit/tokens'
import { viewOf } from '@patkit/tokens/store'
import type { Command } from 'commander'
import { type AddCommand, option } from '../command.ts'
import { withDatabase } from '../database/database.ts'
import { EXIT, usageError } from '../errors.ts'
import { noteNext, PAGE_OPTIONS, type PageOptions, pageOf } from '../options/page.ts'
import { choice, requiredDuration, requiredInstant } from '../options/values.ts'
import { ownerText } from '../output/principal.ts'
import { printToken, tokenColumns, tokenDocument } from '../output/token.ts'

interface ListOptions extends PageOptions {
  readonly principal?: string
  readonly status?: string
  readonly search?: string
  readonly sort?: string
  readonly endsBefore?: string
  readonly policyMaxLifetime?: string
  readonly policyIdle?: string
  readonly policyRequired?: boolean
  readonly policyEffect?: string
  readonly descending?: boolean
  readonly ascending?: boolean
}

const STATUSES: readonly ListStatus[] = ['active', 'expired', 'revoked', 'all']
const EFFECTS = ['ended', 'shortened'] as const
const SORTS: readonly ListSort[] = ['createdAt', 'name', 'lastUsedAt', 'expiresAt', 'endsAt']

export function addTokenList(parent: Command, add: AddCommand): void {
  add<ListOptions>(parent, {
    name: 'list',
    summary: 'List the tokens of an organization or a principal',
    common: ['db', 'organization'],
    options: [
      option('--principal <id>', 'whose tokens'),
      option('--status <status>', `${STATUSES.join(', ')} (all)`),
      option('--search <text>', 'part of the name or description'),
      option('--sort <member>', `${SORTS.join(', ')} (createdAt, newest first)`),
      option('--ends-before <instant>', 'end before an RFC 3339 instant, by their own expiry or by the policy'),
      option('--policy-max-lifetime <duration>', 'that a policy of this maximum would have ended by now, such as 90d'),
      option('--policy-idle <duration>', 'that a policy would have ended after so long without a use'),
      option('--policy-required', 'that a policy without endless tokens would have ended'),
      option('--policy-effect <effect>', 'ended (default), or shortened: that would live on, with an earlier end'),
      option('--descending', 'sort descending').conflicts('ascending'),
      option('--ascending', 'sort ascending'),
      ...PAGE_OPTIONS,
    ],
    examples: [
      'patkit token list --principal ada',
      'patkit token list --status active --sort lastUsedAt --ascending --limit 50',
      'patkit token list --status active --sort endsAt --ends-before 2030-01-31T12:00:00Z',
      'patkit token list --organization acme --search backup --json',
      'patkit token list --status active --policy-max-lifetime 90d --policy-idle 30d',
      'patkit token list --status active --policy-max-lifetime 90d --policy-effect shortened',
    ],
    async run({ settings, printer, world }, given) {
      const { organization: organizationId } = settings
      const where =
        given.principal === undefined ? { organizationId } : { organizationId, principalId: given.principal }
      const trial = trialOf(given)
      const others = order(given)
      const input = { ...others, ...pageOf(given), ...(trial !== null && effectOf(trial, given)) }
      const { page, effects } = await withDatabase(settings, world.clock, async ({ tokens }) => ({
        page: await tokens.list(where, input),
        effects:
          trial === null ? null : await countEffects((group) => tokens.list(where, { ...others, ...group }), trial),
      }))
      const { next, total } = page
      const document = {
        items: page.items.map(tokenDocument),
        next,
        total,
        ...(effects !== null && { policy: effects }),
      }
      const none = `No tokens ${'principalId' in where ? 'of ' : ''}${ownerText(where)}.`
      await printer.rows(document, tokenColumns(printer.style), page.items, none)
      if (effects !== null) await printer.note(effectsText(effects))
      await noteNext(printer, next)
      return EXIT.done
    },
  })
}

export function addTokenShow(parent: Command, add: AddCommand): void {
  add(parent, {
    name: 'show <id>',
    summary: 'Show a token of any owner',
    common: ['db'],
    examples: [
      'patkit token show 01923e1c-7d2a-7000-8000-5b1f6f0c7a11',
      'patkit token show 01923e1c-7d2a-7000-8000-5b1f6f0c7a11 --json',
    ],
    async run({ settings, printer, world }, _given, id) {
      const token = await withDatabase(settings, world.clock, (database) => database.token(id as string))
      await printToken(printer, viewOf(token, settings.rules.life, new Date(world.clock())))
      return EXIT.done
    },
  })
}

/** A dry run of a policy, with the active tokens; `null` for none. @throws CliError */
function trialOf({ policyMaxLifetime, policyIdle, policyRequired, policyEffect }: ListOptions): PolicyTrial | null {
  const trial = {
    ...(policyMaxLifetime !== undefined && {
      maximumLifetimeSeconds: requiredDuration('--policy-max-lifetime', policyMaxLifetime),
    }),
    ...(policyIdle !== undefined && { idleSeconds: requiredDuration('--policy-idle', policyIdle) }),
    ...(policyRequired === true && { lifetimeRequired: true }),
  }
  if (Object.keys(trial).length > 0) return trial
  if (policyEffect !== undefined) throw usageError('--policy-effect', 'needs another --policy option')
  return null
}

type Group = Pick<ListInput, 'expiredUnder' | 'shortenedUnder'>

/** @throws CliError */
function effectOf(trial: PolicyTrial, { policyEffect = 'ended' }: ListOptions): Group {
  return groupOf[choice('--policy-effect', policyEffect, EFFECTS)](trial)
}

const groupOf = {
  ended: (trial) => ({ expiredUnder: trial }),
  shortened: (trial) => ({ shortenedUnder: trial }),
} as const satisfies Record<(typeof EFFECTS)[number], (trial: PolicyTrial) => Group>

interface Effects {
  readonly ended: number
  readonly shortened: number
}

/** How many tokens a policy would end at once, and how many it would give an earlier end. */
async function countEffects(
  list: (group: ListInput) => Promise<{ total: number }>,
  trial: PolicyTrial,
): Promise<Effects> {
  const [ended, shortened] = await Promise.all(EFFECTS.map((effect) => list({ ...groupOf[effect](trial), limit: 1 })))
  return { ended: ended?.total ?? 0, shortened: shortened?.total ?? 0 }
}

function effectsText({ ended, shortened }: Effects): string {
  return `dry run: ${ended} would end now, and ${shortened} would get an earlier end (--policy-effect shortened)`
}

function order({ status, search, sort, endsBefore, descending, ascending }: ListOptions) {
  return {
    ...(endsBefore !== undefined && { endsBefore: requiredInstant('--ends-before', endsBefore) }),
    ...(status !== undefined && { status: choice('--status', status, STATUSES) }),
    ...(search !== undefined && { search }),
    ...(sort !== undefined && { sort: choice('--sort', sort, SORTS) }),
    ...(descending === true && { descending: true }),
    ...(ascending === true && { descending: false }),
  }
}
