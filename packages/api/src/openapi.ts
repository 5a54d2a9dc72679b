import { OpenAPIHono } from '@hono/zod-openapi'
import { FORM } from './body.ts'
import type { Route } from './route.ts'
import type { ApiShape } from './shape.ts'

/** What operations are grouped by, for people. */
const TAGS = {
  own: "The caller's tokens",
  principal: "A principal's tokens",
  organization: 'The organization',
  member: 'The organization',
  token: 'The presented token',
} as const satisfies Record<Route['entry']['name'], string>

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
      tags: [TAGS[route.entry.name]],
      security: [{ bearer: [] }],
      request: requestOf(route, mediaType),
      responses: {
        [route.status]: answerOf(route, mediaType),
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

function requestOf({ params, query, body, bodyKind }: Route, mediaType: string) {
  const type = bodyKind === 'form' ? FORM : mediaType
  return {
    params: params as never,
    query: query as never,
    ...(body !== null && { body: { required: true, content: { [type]: { schema: body as never } } } }),
  }
}

function answerOf({ answer, summary }: Route, mediaType: string) {
  return {
    description: summary,
    ...(answer !== null && { content: { [mediaType]: { schema: answer as never } } }),
  }
}
