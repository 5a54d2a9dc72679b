import { wrongOption } from '@patkit/core/adapter'
import {
  IdentifierNode,
  type KyselyPlugin,
  OperationNodeTransformer,
  type QueryId,
  type RootOperationNode,
  type SchemableIdentifierNode,
} from 'kysely'

/** Where the tables are, and how their names begin. */
export interface TablePlace {
  /** `null`: the current schema of a connection. */
  readonly schema: string | null
  readonly prefix: string
}

const DEFAULT_PREFIX = 'patkit_'
/** Lower case, so that no server can fold it. With a table's and an index's name behind it, within 63 bytes. */
const PREFIX = /^[a-z_][a-z0-9_]{0,31}$/
const SCHEMA = /^[\p{L}_][\p{L}\p{N}_$-]*$/u
/** What PostgreSQL keeps of a name. */
const LONGEST_NAME = 63

/** @throws TypeError naming the option that is wrong */
export function tablePlace(
  { schema, tablePrefix = DEFAULT_PREFIX }: { readonly schema?: unknown; readonly tablePrefix?: unknown },
  hasSchemas: boolean,
): TablePlace {
  if (typeof tablePrefix !== 'string' || !PREFIX.test(tablePrefix)) {
    throw wrongOption(
      'tablePrefix',
      'must be 1 to 32 lower-case letters, digits and underscores, not beginning with a digit',
    )
  }
  if (schema === undefined) return { schema: null, prefix: tablePrefix }
  if (!hasSchemas) throw wrongOption('schema', 'is not for SQLite, which has no schemas: use "tablePrefix"')
  if (typeof schema !== 'string' || !SCHEMA.test(schema) || Buffer.byteLength(schema) > LONGEST_NAME) {
    throw wrongOption('schema', `must be one name of at most ${LONGEST_NAME} bytes: letters, digits, "_", "-" and "$"`)
  }
  return { schema, prefix: tablePrefix }
}

/** The name of a table or an index in its place. */
export function placedName(name: string, { prefix }: TablePlace): string {
  return name.startsWith(DEFAULT_PREFIX) ? `${prefix}${name.slice(DEFAULT_PREFIX.length)}` : name
}

/** Puts the tables of every statement into their place. Nothing where that is the default. */
export function placing(place: TablePlace): KyselyPlugin[] {
  if (place.schema === null && place.prefix === DEFAULT_PREFIX) return []
  const transformer = new PlaceTransformer(place)
  return [
    {
      transformQuery: ({ node, queryId }): RootOperationNode => transformer.transformNode(node, queryId),
      transformResult: async ({ result }) => result,
    },
  ]
}

/** Kysely walks through statements with subclasses of its transformer alone. */
class PlaceTransformer extends OperationNodeTransformer {
  readonly #place: TablePlace

  constructor(place: TablePlace) {
    super()
    this.#place = place
  }

  protected override transformSchemableIdentifier(
    node: SchemableIdentifierNode,
    queryId?: QueryId,
  ): SchemableIdentifierNode {
    const { identifier, ...rest } = super.transformSchemableIdentifier(node, queryId)
    if (!identifier.name.startsWith(DEFAULT_PREFIX)) return node
    const { schema } = this.#place
    return {
      ...rest,
      ...(schema !== null && { schema: IdentifierNode.create(schema) }),
      identifier: IdentifierNode.create(placedName(identifier.name, this.#place)),
    }
  }
}
