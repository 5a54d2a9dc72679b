/** The imports that the sources of a package may have. */
export interface PackageRow {
  readonly folder: string
  readonly name: string
  /** Entry points beside the main one: `adapter` is `src/adapter.ts`. */
  readonly entryPoints?: readonly string[]
  /** Packages of ours, each the name of a row above. */
  readonly ours: readonly string[]
  /** Packages of others, from `dependencies` or `peerDependencies`. */
  readonly theirs: readonly string[]
  /** Packages of others whose files are served, without an import. */
  readonly served?: readonly string[]
  /** Packages of others that are bundled into what browsers load, from the sources in `web`. */
  readonly bundled?: readonly string[]
  /** Files below `dist/assets` that are built from them, in the order of their names. */
  readonly assets?: readonly string[]
  /** Whether `node:` modules may be imported. */
  readonly node: boolean
  /** An adapter reads, calls and writes: it is held to a size and to having no policy. */
  readonly adapter: boolean
}

/** One row for each package. A row imports only rows above it, so imports run in one direction. */
export const PACKAGES: readonly PackageRow[] = [
  {
    folder: 'core',
    name: '@patkit/core',
    entryPoints: ['adapter', 'testing'],
    ours: [],
    theirs: ['ipaddr.js', 'lru-cache'],
    node: true,
    adapter: false,
  },
  {
    folder: 'tokens',
    name: '@patkit/tokens',
    entryPoints: ['store', 'testing'],
    ours: ['@patkit/core'],
    theirs: [],
    node: true,
    adapter: false,
  },
  {
    folder: 'sql',
    name: '@patkit/sql',
    ours: ['@patkit/core', '@patkit/tokens'],
    theirs: ['kysely'],
    node: true,
    adapter: false,
  },
  {
    folder: 'api',
    name: '@patkit/api',
    ours: ['@patkit/core', '@patkit/tokens'],
    theirs: ['@hono/zod-openapi', 'hono', 'zod'],
    served: ['swagger-ui-dist'],
    node: true,
    adapter: false,
  },
  {
    folder: 'console',
    name: '@patkit/console',
    ours: ['@patkit/api', '@patkit/core'],
    theirs: [],
    bundled: ['preact', 'preact/hooks'],
    assets: ['element.js', 'german.js', 'page.css', 'page.js', 'patkit-tokens.js'],
    node: true,
    adapter: false,
  },
  { folder: 'jwt', name: '@patkit/jwt', ours: ['@patkit/core'], theirs: ['jose'], node: true, adapter: false },
  { folder: 'redis', name: '@patkit/redis', ours: ['@patkit/core'], theirs: ['ioredis'], node: true, adapter: false },
  adapter('express'),
  adapter('koa'),
  adapter('hono'),
  {
    folder: 'cli',
    name: 'patkit',
    entryPoints: ['database', 'sign-in'],
    ours: ['@patkit/api', '@patkit/console', '@patkit/core', '@patkit/redis', '@patkit/sql', '@patkit/tokens'],
    theirs: [
      'commander',
      'csv-parse',
      'csv-stringify',
      'ioredis',
      'kysely',
      'libsql',
      'lru-cache',
      'mysql2',
      'openid-client',
      'ora',
      'pg',
      'picocolors',
      'string-width',
    ],
    node: true,
    adapter: false,
  },
]

function adapter(framework: string): PackageRow {
  const name = `@patkit/${framework}`
  return { folder: framework, name, ours: ['@patkit/core'], theirs: [framework], node: false, adapter: true }
}

/** The package that an import names: `@patkit/core` for `@patkit/core/adapter`. */
export function packageOf(imported: string): string {
  return (
    PACKAGES.find(({ name, entryPoints = [] }) =>
      entryPoints.some((entryPoint) => imported === `${name}/${entryPoint}`),
    )?.name ?? imported
  )
}
