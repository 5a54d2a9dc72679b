import type { z } from 'zod'
import type { AccessPolicy } from './access-policy.ts'
import type { Operation } from './operations.ts'

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** The parts of a request, each checked by its schema. */
export interface Parts<P, Q, B> {
  readonly params: P
  readonly query: Q
  readonly body: B
  /** The client's `Idempotency-Key`, where it sent one. */
  readonly idempotencyKey: string | undefined
  readonly now: Date
}

/** One row of an API's table: method, path, access, input, operation and output. */
export interface Route {
  /** The operation's name in the OpenAPI document. */
  readonly id: string
  readonly method: Method
  /** `/tokens/{token_id}`, below the API's base path. */
  readonly path: string
  readonly summary: string
  readonly access: AccessPolicy<unknown>
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  /** `null` where no body is read. */
  readonly body: z.ZodType | null
  /**
   * `form` where standards have it so (RFC 7662 §2.1, RFC 7009 §2.1). `merge-patch` where JSON
   * says which members are to change, and `null` clears one (RFC 7396): its media type is taken, too. Default `json`: the
   * media type of the shape.
   */
  readonly bodyKind?: 'json' | 'form' | 'merge-patch'
  /** Whether it honours `Idempotency-Key` (for the document). Default `false`. */
  readonly isIdempotent?: boolean
  /** Whether it can create a resource. A created one is answered 201 with `Location`; `status` does not apply. */
  readonly makes: boolean
  readonly status: 200 | 201 | 202 | 204
  /** The value for the answer; `null` for none. */
  readonly answer: z.ZodType | null
  readonly run: (context: unknown, parts: Parts<unknown, unknown, unknown>) => Promise<Outcome>
}

/** What an operation has led to. */
export interface Outcome {
  readonly answer: unknown
  /** Location of the created resource, as segments after the path of the request; `null` without one. */
  readonly location: readonly string[] | null
}

export interface RouteOptions<
  S,
  I,
  R,
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType | null,
  A extends z.ZodType | null,
> extends Pick<Route, 'id' | 'method' | 'path' | 'summary' | 'status' | 'bodyKind' | 'isIdempotent'> {
  readonly access: AccessPolicy<S>
  readonly operation: Operation<S, I, R>
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly answer: A
  /** What the operation is given. */
  readonly input: (parts: Parts<z.output<P>, z.output<Q>, B extends z.ZodType ? z.output<B> : undefined>) => I
  /** What the client is given. */
  readonly output: (
    result: R,
    parts: Parts<z.output<P>, z.output<Q>, unknown>,
  ) => A extends z.ZodType ? z.input<A> : void
  /**
   * Location of the created resource, as segments after the path of the request: `['7']` for `/keys/7`, `[]` for
   * the path itself. The answer is 201 with `Location` then (RFC 9110 §10.2.2); `null` where nothing was made.
   */
  readonly location?: (result: R) => readonly string[] | null
}

/**
 * A row whose parts fit together. Its query takes the parameters of the schema and no others, unless the schema says so
 * itself (`z.looseObject`): one that is overlooked would have limited the request.
 *
 * @throws TypeError naming a member that a row does not have
 *
 * @example
 * ```ts
 * import { callerTokens, listTokens, NOTHING, route, z } from '@patkit/api'
 *
 * const names = route({
 *   id: 'listNames',
 *   method: 'get',
 *   path: '/names',
 *   summary: 'The names of your tokens',
 *   access: callerTokens,
 *   params: NOTHING,
 *   query: NOTHING,
 *   body: null,
 *   status: 200,
 *   answer: z.array(z.string()),
 *   operation: listTokens,
 *   input: () => ({ limit: 20 }),
 *   output: ({ items }) => items.map(({ name }) => name),
 * })
 * ```
 */
export function route<
  S,
  I,
  R,
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType | null,
  A extends z.ZodType | null,
>({ operation, input, output, location, ...row }: RouteOptions<S, I, R, P, Q, B, A>): Route {
  requireKnownMembers(row)
  return {
    ...row,
    makes: location !== undefined,
    query: row.query.def.catchall === undefined ? row.query.strict() : row.query,
    access: row.access as AccessPolicy<unknown>,
    async run(context, parts) {
      const checked = parts as Parameters<typeof input>[0]
      const result = await operation(context as S, input(checked))
      return { answer: output(result, checked), location: location?.(result) ?? null }
    },
  }
}

const MEMBERS = [
  ...['id', 'method', 'path', 'summary', 'status', 'bodyKind', 'isIdempotent'],
  ...['access', 'params', 'query', 'body', 'answer'],
]

function requireKnownMembers(row: object): void {
  const unknown = Object.keys(row).find((name) => !MEMBERS.includes(name))
  if (unknown !== undefined) throw new TypeError(`route: "${unknown}" is not a known field`)
}
