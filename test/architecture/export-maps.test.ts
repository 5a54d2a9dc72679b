import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PACKAGE_SOURCES } from './package-sources.ts'
import { PACKAGES } from './packages.ts'
import { ROOT, readManifest } from './repository.ts'

/** Fields that would be a second way in, or that only other module systems read. */
const SECOND_ENTRIES = ['bin', 'main', 'module', 'browser', 'types', 'typings', 'typesVersions']

describe.each(PACKAGES)('$name', ({ folder, entryPoints = [] }) => {
  const manifest = readManifest(`packages/${folder}`)
  const files = [['.', 'index'], ...entryPoints.map((entryPoint) => [`./${entryPoint}`, entryPoint])]

  test('has the entry points of its row: the source here, the build where it is published', () => {
    expect(manifest.exports).toEqual(Object.fromEntries(files.map(([path, file]) => [path, `./src/${file}.ts`])))
    // A program cannot be run from its source: where it is published it has a build.
    const { bin, ...published } = manifest.publishConfig as { bin?: string }
    expect(bin).toBe(folder === 'cli' ? './dist/main.js' : undefined)
    const builds = files.map(([path, file]) => [path, { types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` }])
    expect(published).toEqual({ access: 'public', exports: Object.fromEntries(builds) })
    expect(Object.keys(manifest).filter((key) => SECOND_ENTRIES.includes(key))).toEqual([])
  })

  /** Conditions are tried in order, and `default` matches always. */
  test('names its types first', () => {
    const { exports } = manifest.publishConfig as { exports: Record<string, object> }
    for (const conditions of Object.values(exports)) expect(Object.keys(conditions)).toEqual(['types', 'default'])
  })

  test('is an ES module without side effects, for the Node it was tested on', () => {
    const root = readManifest('.')
    expect(manifest).toMatchObject({ type: 'module', sideEffects: false, license: 'MIT', files: ['dist'] })
    expect(manifest.engines).toEqual(root.engines)
    expect(manifest.private).toBeUndefined()
    expect(manifest.description).toMatch(/\w/)
  })

  test('is built by the workspace', () => {
    const solution = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'))
    expect(solution.references).toContainEqual({ path: `packages/${folder}` })
  })
})

/** What each reader of core imports, types included. A name that changes here changes for users. */
const CORE_ENTRY_POINTS = {
  // Applications.
  'core/index.ts': `
    AUDIT_CHANNEL AccessDenied Audit AuditEvent AuditSink Denied DenyReason HeldScope InvalidationChannel PatError
    PrefixedFormat Register RegisteredRecord ScopeOf TokenFormat TokenRecord Verifier VerifierOptions canonicalAddress
    canonicalCidr covers createVerifier defineScopes digestToken effectiveScopes explainClientAddress importedFormat
    inProcessChannel isScopeName tokenFormat`,
  // Authors of adapters, formats, channels, sinks and stores.
  'core/adapter.ts': `
    Adapter Allowed ApiTypes Awaitable BLANK_TEXT BackstopOptions Challenge ChannelConnection ChannelHealth
    ChannelListener ChannelTransport Check ClientAddressExplanation ConnectedChannelOptions ConnectionListener
    CountedHeaders CredentialPlace CredentialSyntax DENY_REASONS Decision ExtensibleApp FailureCounter FailureLimit ForwardedHeader Grant Health Hop
    HopReason ImportedFormatOptions Invalidation LONGEST_TIMER_MS Limiter LimiterState MiddlewareOptions MintedToken
    MintingFormat NodeHeaders Outcome Passed PatErrorCode PeerSocket Pepper RateLimit ReadContext Refused RegisteredPat
    RegisteredScope RequestContext RequestReader Requirement Resolve ResolveContext ResolveMany Resolver STATUS_TITLES
    Scope ScopeArgument ScopeCatalog ScopeOptions Segment SinkErasure Stamp Subscribers TokenFormatOptions UNPRINTABLE
    UseEvent UseListener VaryingResponse WhenUnavailable andThen appendedHeaders channelWithBackstop createAdapter
    createConnectedChannel createFailureCounter createStamps createSubscribers erasedUse escapeUnprintable escapedCharacter
    extendApp hasTruncatedHeaders headersOnHead isThenable joinedHeader mintedToken nextTurn nodeHeader passedByOnDeny
    pepperedDigest printable refuseUnknownOptions repeatedHeader socketPeer uncoveredScopes unref wholeNumber
    widestScopes within wrongOption`,
  // Tests of applications.
  'core/testing.ts': 'MemorySink actingAs memorySink',
}

describe('@patkit/core', () => {
  test.each(Object.entries(CORE_ENTRY_POINTS))('%s exports what its readers need', (path, names) => {
    expect(exportedNames(path)).toEqual(names.trim().split(/\s+/))
  })

  test('an application has thirty names at most to learn', () => {
    expect(exportedNames('core/index.ts').length).toBeLessThanOrEqual(30)
  })

  test('a name is at one entryPoint', () => {
    const names = Object.keys(CORE_ENTRY_POINTS).flatMap(exportedNames)
    expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([])
  })
})

function exportedNames(path: string): string[] {
  return PACKAGE_SOURCES.find((source) => source.path === path)?.exports.toSorted() ?? []
}
