export { createSignIn, type SignIn, type SignInEvent, type SignInOptions } from './sign-in/create-sign-in.ts'
export type { IssuedLink } from './sign-in/links.ts'
export type { OpenIdConnectOptions } from './sign-in/open-id-connect.ts'
export type { SignedIn } from './sign-in/sessions.ts'
