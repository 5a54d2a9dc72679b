import { allow } from './decision.ts'
import { compileRecord, type RegisteredRecord, type TokenRecord } from './record.ts'
import { importedFormat } from './token-format.ts'
import { createVerifier, type RequestReader, type Verifier } from './verifier.ts'

const NO_FORMAT = importedFormat({ name: 'none', maxLength: 1, accepts: () => false })

const NOBODY: TokenRecord = {
  id: 'test-token',
  digest: 'test-digest',
  scopes: [],
  expiresAt: null,
  revokedAt: null,
  ipAllowlist: null,
  userId: null,
}

/**
 * A verifier for tests of an API: it lets every request in as the holder of this record, whatever its headers, and
 * guards judge it as they would in service. What is left out is nothing: no scopes, no acting user.
 *
 * @example app.use(patAuth(actingAs({ scopes: ['drive:read'], userId: 'user-1' })))
 * @throws PatError `ERR_PAT_RECORD_INVALID` naming the member that is wrong
 */
export function actingAs<R extends TokenRecord = RegisteredRecord>(record: Partial<R>): Verifier<R> {
  const full = { ...NOBODY, ...record } as R
  const compiled = compileRecord(full, full.digest)
  const { authorize, challenge } = createVerifier<R>({ format: NO_FORMAT, resolve: () => null })
  const verify = <Q>(request: Q, reader: RequestReader<Q>) => allow(compiled, reader.peer(request))
  return Object.freeze({ verify, authorize, challenge })
}
