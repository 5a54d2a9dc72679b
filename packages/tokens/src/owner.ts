/** Whom a token belongs to. Every statement about a token carries it: another owner's token does not exist. */
export interface Owner {
  readonly organizationId: string
  readonly principalId: string
}
