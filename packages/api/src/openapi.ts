import { OpenAPIHono, z } from '@hono/zod-openapi'
import { bodyTypes } from './body.ts'
import type { Route } from './route.ts'
import type { ApiShape } from './shape.ts'

/** What operations are grouped by, for people. */
const TAGS = {
  own: "The caller's tokens",
  principal: "A principal's tokens",
  organization: 'The organization',
  principals: 'The organization',
  member: 'The organization',
  token: 'The presented token',
} as const satisfies Record<Route['access']['name'], string>

/** The OpenAPI 3.1 document of a table of routes, from the schemas that also check requests. */
export function openApiDocument(
  { title, version, routes, mediaType, problemMediaType, problemSchema }: ApiShape,
  basePath: string,
): object {
  const app = new OpenAPIHono()
  const { openAPIRegistry: registry } = app
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })
  for (const route of routes) {
    registry.registerPath({
      operationId: route.id,
      method: route.method,
      path: route.path,
      summary: route.summary,
      tags: [TAGS[route.access.name]],
      security: [{ bearer: [] }],
      request: requestOf(route, mediaType),
      responses: {
        [route.status]: answerOf(route, mediaType),
        ...(route.makes && { 201: { ...answerOf(route, mediaType), headers: LOCATION as never } }),
        default: { description: 'A problem', content: { [problemMediaType]: { schema: problemSchema as never } } },
      },
    })
  }
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title, version },
    servers: [{ url: basePath === '' ? '/' : basePath }],
  })
}

const LOCATION = z.object({
  Location: z.string().openapi({ format: 'uri-reference', description: 'Relative to the path of the request' }),
})

const IDEMPOTENCY_KEY = z.object({
  'Idempotency-Key': z
    .string()
    .regex(/^[\x21-\x7e]{22,255}$/)
    .optional()
    .openapi({ description: 'Unguessable. A request that repeats it is answered like the first one, for a day' }),
})

function requestOf(route: Route, mediaType: string) {
  const { params, query, body, isIdempotent = false } = route
  const content = Object.fromEntries(bodyTypes(route, mediaType).map((type) => [type, { schema: body as never }]))
  return {
    params: params as never,
    query: query as never,
    ...(isIdempotent && { headers: IDEMPOTENCY_KEY as never }),
    // A body that is not sent is read as `{}`.
    ...(body !== null && { body: { required: !body.safeParse({}).success, content } }),
  }
}

function answerOf({ answer, summary }: Route, mediaType: string) {
  return {
    description: summary,
    ...(answer !== null && { content: { [mediaType]: { schema: answer as never } } }),
  }
}
