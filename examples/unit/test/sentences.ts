/** What the document says, in short, and the tests that show it; or why none does. */
export interface Sentence {
  readonly says: string
  readonly tests: readonly string[]
  readonly untested?: string
}

const sentence = (says: string, ...tests: string[]): Sentence => ({ says, tests })
const untested = (says: string, reason: string): Sentence => ({ says, tests: [], untested: reason })

export const SENTENCES: readonly Sentence[] = [
  // The page's introduction
  sentence(
    'requests are authenticated by API tokens',
    'create: the token opens what its scopes name',
    'create: without a token',
  ),
  sentence('API tokens can be made by a call', 'create: the call and its answer'),
  untested('API tokens can be made in a dashboard', 'the console of patkit is a package of its own'),
  untested('read the page on authentication and scopes first', 'advice to readers'),

  // Create
  sentence(
    'creates an Org API token',
    'create: the call and its answer',
    'create: the token opens what its scopes name',
  ),
  sentence('POST /users/:userId/api-tokens', 'create: the call and its answer'),
  sentence(
    'the data type is apiToken',
    'create: the call and its answer',
    'create: another type, or an id of the client’s',
  ),
  sentence('description is a string', 'create: the call and its answer', 'create: each attribute has its type'),
  sentence(
    'scope is a list of scopes with spaces between them',
    'create: the call and its answer',
    'create: the token opens nothing else',
    'create: scopes have one space between them, and exist',
    'create: each attribute has its type',
  ),
  sentence(
    'expiration is an RFC 3339 date',
    'create: the call and its answer',
    'create: an expiration has an offset, and lies ahead',
    'create: from its expiration on, a token is refused',
    'create: each attribute has its type',
  ),
  sentence('sourceIp is optional', 'create: the call and its answer', 'list: a token that is bound to addresses'),
  sentence(
    'sourceIp is a list of IP addresses with commas between them',
    'list: a token that is bound to addresses',
    'create: source addresses are addresses',
    'create: each attribute has its type',
  ),
  sentence(
    'only those addresses are allowed to use the token',
    'list: a token from an address that is not on its list',
    'create: a token from an address that is on its list',
  ),
  sentence('no spaces are allowed in sourceIp', 'create: a source address list with spaces is refused'),
  sentence(
    'the example call',
    'create: the call and its answer',
    'create: the call as it is printed, with its variable in single quotes, is malformed',
  ),
  sentence(
    'the answer is a JSON:API document',
    'create: the call and its answer',
    'create: plain JSON is another media type',
  ),
  sentence('201, with the new resource as data', 'create: the call and its answer'),
  sentence(
    'the example answer, with a v2.public token',
    'create: the call and its answer',
    'create: a token is a PASETO',
  ),

  // List
  sentence(
    'lists Org API token resources',
    'list: the call and its answer',
    'list: expired tokens stay, with their end',
  ),
  sentence('GET /users/:userId/api-tokens', 'list: the call and its answer', 'list: another user’s'),
  sentence(
    'the example call',
    'list: the call and its answer',
    'list: the call as it is printed, with POST, makes nothing',
  ),
  sentence('the answer is a JSON:API document', 'list: the call and its answer'),
  sentence('200, with an array of resources as data', 'list: the call and its answer', 'list: more than a page'),
  sentence('the example answer', 'list: the call and its answer'),

  // Revoke
  sentence(
    'revokes an Org API token',
    'revoke: a token that was used',
    'revoke: its next request is refused',
    'revoke: the other token is good',
    'revoke: the list is without it',
  ),
  sentence(
    'DELETE /users/:userId/api-tokens/:tokenId',
    'revoke: the call and its answer',
    'revoke: a token of another user',
  ),
  sentence('the answer is a JSON:API document', 'revoke: the call and its answer'),
  sentence(
    '200, with the resource after the operation as data',
    'revoke: the call and its answer',
    'revoke: again is the same',
  ),
  sentence('the example call', 'revoke: the call and its answer'),

  // Facts about the system beside the page
  sentence('ids are whole numbers, as strings', 'ids count, and none comes twice'),
  sentence(
    'errors have a status that is a string, a title, a detail and a source',
    'create: a source address list with spaces is refused',
    'list: a user that the organization has not',
  ),
  sentence('scopes match exactly', 'create: the token opens nothing else', 'a write scope does not read'),
]
