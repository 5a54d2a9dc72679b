export { type Api, type ApiContext, type ApiOptions, createApi } from './api.ts'
export {
  type Arriving,
  type Authenticate,
  arrivingReader,
  type Caller,
  heldScopes,
  type TokenCallersOptions,
  tokenCallers,
  type Unauthenticated,
} from './caller.ts'
export { instant, instantOut, NOTHING, pageSize, queryNumber, scopeList, toSeconds } from './fields.ts'
export { expressApi, honoApi, koaApi } from './mount.ts'
export { auditEvent, auditEventBody, auditInput, auditQuery, given, nativeShape } from './native-shape.ts'
export * from './operations.ts'
export { ApiProblem, type FieldFault, type ProblemStatus } from './problem.ts'
export { type Method, type Parts, type Route, type RouteOptions, route } from './route.ts'
export {
  type Entry,
  type OrganizationScene,
  type OwnerScene,
  ofPrincipal,
  organization,
  own,
  presentedToken,
  type TokenScene,
} from './scene.ts'
export { type ApiShape, JSON_SHAPE, problemDetails } from './shape.ts'
