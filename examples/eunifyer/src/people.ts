import type { Owner } from '@patkit/tokens'

/** The users that can log in. Tokens can act for their ids. */
export interface Person {
  readonly id: string
  readonly organizationId: string
  readonly email: string
  readonly role: 'admin' | 'member'
}

export const ORGANIZATION = 'org_nordwind'
const OTHER_ORGANIZATION = 'org_suedwind'

export const ADMIN: Person = {
  id: '9d3c8a52-6a0e-4f7b-9a1d-2f1f0c7be001',
  organizationId: ORGANIZATION,
  email: 'ines@nordwind.example',
  role: 'admin',
}

/** Tokens of Drive and Sites act for her. */
export const ALICE: Person = {
  id: '3a91f0c4-5b7d-4c1e-8e21-7d6b5a4c3002',
  organizationId: ORGANIZATION,
  email: 'alice@nordwind.example',
  role: 'member',
}

export const FOREIGNER: Person = {
  id: 'c0ffee00-1b2c-4d3e-8f4a-5b6c7d8e9003',
  organizationId: OTHER_ORGANIZATION,
  email: 'bob@suedwind.example',
  role: 'admin',
}

export const PEOPLE: readonly Person[] = [ADMIN, ALICE, FOREIGNER]

export const SYNC: Owner = { organizationId: ORGANIZATION, principalId: 'sp_sync' }
export const FOREIGN_SYNC: Owner = { organizationId: OTHER_ORGANIZATION, principalId: 'sp_archive' }
export const SERVICE_PRINCIPALS: readonly Owner[] = [
  SYNC,
  { organizationId: ORGANIZATION, principalId: 'sp_reports' },
  FOREIGN_SYNC,
]
