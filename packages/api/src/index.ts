export { z } from '@hono/zod-openapi'
export {
  type AccessPolicy,
  callerTokens,
  type OrganizationContext,
  type OwnerContext,
  organizationAdmin,
  organizationMember,
  presentedToken,
  principalAdmin,
  principalTokens,
  type TokenContext,
} from './access-policy.ts'
export { type Api, type ApiOptions, createApi } from './api.ts'
export { checkedBody } from './body.ts'
export {
  type Authenticate,
  type Caller,
  fetchRequestReader,
  type IncomingRequest,
  type Permits,
  type TokenCallersOptions,
  tokenCallers,
  type Unauthenticated,
} from './caller.ts'
export type { ApiContext, FetchHandler } from './fetch-handler.ts'
export { instant, instantOrNull, instantOut, NOTHING, pageSize, queryNumber, scopeList, toSeconds } from './fields.ts'
export { createForwardAuth, type ForwardAuthOptions } from './forward-auth.ts'
export { expressApi, honoApi, koaApi, type MountOptions } from './mount.ts'
export { auditEvent, auditEventBody } from './native/audit-event.ts'
export { auditInput, auditQuery } from './native/audit-query.ts'
export { nativeShape } from './native/native-shape.ts'
export { omitUndefined } from './native/omit-undefined.ts'
export * from './operations.ts'
export {
  ApiProblem,
  challengeProblem,
  type FieldFault,
  type ProblemStatus,
  type RequestPart,
} from './problem.ts'
export { type Method, type Outcome, type Parts, type Route, type RouteOptions, route } from './route.ts'
export { hasBearerToken } from './same-origin.ts'
export { type ApiShape, JSON_SHAPE, problemDetails } from './shape.ts'
export type { TokenFacts } from './token-facts.ts'
