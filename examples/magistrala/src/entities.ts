import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { ENTITY_TYPES } from './scope.ts'
import { requireEntity, requireType } from './segments.ts'

export interface Entity {
  readonly id: string
  readonly domain_id: string
  readonly entity_type: string
  readonly name: string | null
  readonly shared_with: readonly string[]
}

/** In a group: the router would take the alternatives apart. */
const TYPE = `/:domain/:type{(?:${ENTITY_TYPES.join('|')})}`
const ONE = `${TYPE}/:entity`

/** Stand-ins for entities, in memory: every id is one, and those that were never created have no name. */
export type EntityList = Map<string, Entity>

export function keepEntity(kept: EntityList, entity: Entity): Entity {
  kept.set(keyOf(entity), entity)
  return entity
}

export function entities(kept: EntityList): Hono {
  const app = new Hono()
  const keep = (entity: Entity) => keepEntity(kept, entity)
  const present = (c: Context, id = c.req.param('entity') ?? '') => {
    const blank = blankEntity(c, id)
    return kept.get(keyOf(blank)) ?? blank
  }
  const create = async (c: Context, id?: string) =>
    c.json(keep({ ...present(c, id), name: await textMember(c, 'name') }), 201)
  const share = (change: (shared: ReadonlySet<string>, user: string) => Iterable<string>) => async (c: Context) => {
    const entity = present(c)
    const user = await textMember(c, 'user_id')
    if (user === null) return c.json({ message: 'user_id is required' }, 400)
    return c.json(keep({ ...entity, shared_with: [...change(new Set(entity.shared_with), user)] }))
  }

  app.post(TYPE, requireType('create'), (c) => create(c, randomUUID()))
  app.get(TYPE, requireType('list'), (c) => c.json({ entities: [...kept.values()].filter(isOf(c)) }))
  app.put(ONE, requireEntity('create'), (c) => create(c))
  app.get(ONE, requireEntity('read'), (c) => c.json(present(c)))
  app.patch(ONE, requireEntity('update'), async (c) =>
    c.json(keep({ ...present(c), name: await textMember(c, 'name') })),
  )
  app.delete(ONE, requireEntity('delete'), (c) => {
    kept.delete(keyOf(present(c)))
    return c.body(null, 204)
  })
  app.post(
    `${ONE}/share`,
    requireEntity('share'),
    share((shared, user) => [...new Set([...shared, user])]),
  )
  app.post(
    `${ONE}/unshare`,
    requireEntity('unshare'),
    share((shared, user) => [...shared].filter((one) => one !== user)),
  )
  return app
}

function blankEntity(c: Context, id: string): Entity {
  const { domain = '', type = '' } = c.req.param() as Readonly<Record<string, string>>
  return { id, domain_id: domain, entity_type: type, name: null, shared_with: [] }
}

function keyOf({ domain_id, entity_type, id }: Entity): string {
  return JSON.stringify([domain_id, entity_type, id])
}

function isOf(c: Context): (entity: Entity) => boolean {
  return ({ domain_id, entity_type }) => domain_id === c.req.param('domain') && entity_type === c.req.param('type')
}

async function textMember(c: Context, member: string): Promise<string | null> {
  const body: unknown = await c.req.json().catch(() => null)
  const value = Object(body)[member]
  return typeof value === 'string' ? value : null
}
