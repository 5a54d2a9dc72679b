/** Scopes such as `d1:read`, whose domains the page of the test answers with. */
export const entityScopes = {
  parts: [
    { name: 'domain', label: 'Domain', source: '/choices/domains' },
    { name: 'operation', label: 'Operation', values: [{ value: 'read', label: 'Read' }] },
  ],
  sentence: '{operation} in {domain}',
}
