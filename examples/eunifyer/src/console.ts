import type { ExampleConsole } from '@patkit/example-program'
import type { TokenService } from '@patkit/tokens'
import { ADMIN } from './people.ts'

/** The document's Admin → API Access, in its words. */
export function eunifyerConsole(tokens: TokenService): ExampleConsole {
  return {
    tokens,
    person: { organizationId: ADMIN.organizationId, principalId: ADMIN.id },
    path: '/admin/api-access',
    look: {
      title: 'Admin → API Access',
      language: 'en',
      exampleVariable: 'EUNIFYER_PAT',
      // The members of a token in the document, in its order, and the actions of a row.
      columns: ['name', 'scopes', 'ends', 'created', 'addresses', 'user', 'status', 'lastUsed', 'actions'],
      principalKind: 'service',
      catalogue: WORDS,
    },
  }
}

const WORDS = {
  'nav.label': 'API Access',
  'nav.tokens': 'API Tokens',
  'nav.principals': 'Service principals',
  'tokens.title': 'API Tokens',
  'tokens.titleOf': 'API Tokens of {owner}',
  'tokens.intro': 'PATs are opaque bearer tokens for scripts, CLI tools and automation that cannot run an OAuth flow.',
  'tokens.ends': 'Expiry date',
  'create.lifetime': 'Expiry',
  'create.addresses': 'IP allowlist',
  'create.user': 'Bind to a user',
  'create.userHelp': 'The user_id that the PAT acts for. Drive and Sites require one.',
  'create.submit': 'Create',
  'token.addresses': 'IP allowlist',
  'token.user': 'Bound to user',
  'token.ends': 'Expiry date',
  'secret.title': 'The secret of “{name}” is shown once: copy it now',
  'secret.warning': 'EUnifyer cannot recover a lost secret. If you lose it, rotate the token.',
  'rotate.text': 'Rotating gives a new secret, shown once. Update all consumers before rotating.',
  'end.revokeText': 'Revoking invalidates the token with no replacement.',
}
