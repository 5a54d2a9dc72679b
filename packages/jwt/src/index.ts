export type { JwtAlgorithm } from './algorithms.ts'
export type { JwtClaims } from './claims.ts'
export type { JwtKey } from './issuer-key.ts'
export { jwtFormat } from './jwt-format.ts'
export type { JwtFormatOptions, JwtIssuer, JwtRecord } from './options.ts'
export {
  type Auth0Options,
  auth0,
  type CognitoOptions,
  cognito,
  type EntraOptions,
  entra,
  identityServer,
  type KeycloakOptions,
  keycloak,
  okta,
  type PresetOptions,
} from './presets.ts'
