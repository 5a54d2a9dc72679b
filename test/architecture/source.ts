import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Comment, type Program, parseSync, type Span, Visitor, type VisitorObject } from 'oxc-parser'

/** One parsed file. Offsets are those of `text`. */
export interface Source {
  /** From the folder it was read under, with `/`. */
  readonly path: string
  readonly text: string
  readonly program: Program
  /** What the file imports, re-exports from, or names in an `import()` type. */
  readonly imports: readonly string[]
  /** The names that the file exports, types included. */
  readonly exports: readonly string[]
  readonly hasDefaultExport: boolean
  readonly comments: readonly Comment[]
}

/** Every TypeScript file under a folder, parsed. */
export function readSources(folder: string): Source[] {
  const files = filesIn(folder).filter((path) => /\.[cm]?tsx?$/.test(path))
  return files.sort().map((path) => parseSource(path, readFileSync(join(folder, path), 'utf8')))
}

/** Never enters `node_modules`, where other tests make and remove copies of core meanwhile. */
function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(
    ({ name }) => !/^(?:node_modules|dist)$/.test(name),
  )
  return entries.flatMap((entry) =>
    entry.isDirectory() ? filesIn(join(folder, entry.name)).map((path) => `${entry.name}/${path}`) : [entry.name],
  )
}

/** @throws Error naming the file that does not parse */
export function parseSource(path: string, text: string): Source {
  const { program, module, comments, errors } = parseSync(path, text)
  const [error] = errors
  if (error !== undefined) throw new Error(`${path}: ${error.message}`)
  const exported = module.staticExports.flatMap((statement) => statement.entries)
  return {
    path,
    text,
    program,
    imports: importsOf(program),
    exports: exported.flatMap(({ exportName }) => exportName.name ?? []),
    hasDefaultExport: exported.some(
      (entry) => entry.exportName.kind === 'Default' || entry.exportName.name === 'default',
    ),
    comments,
  }
}

export function walk(source: Source, visitor: VisitorObject): void {
  new Visitor(visitor).visit(source.program)
}

/** The 1-based line of an offset. */
export function lineAt(source: Source, offset: number): number {
  return source.text.slice(0, offset).split('\n').length
}

/** How many lines of a span hold code once comments and the spans left out are blanked. */
export function codeLines(source: Source, span: Span, without: readonly Span[]): number {
  const blanks = [...source.comments, ...without].filter((blank) => blank.start >= span.start && blank.end <= span.end)
  const characters = [...source.text.slice(span.start, span.end).split('')]
  for (const { start, end } of blanks) {
    for (let index = start - span.start; index < end - span.start; index++) {
      if (characters[index] !== '\n') characters[index] = ' '
    }
  }
  return characters
    .join('')
    .split('\n')
    .filter((line) => line.trim() !== '').length
}

function importsOf(program: Program): string[] {
  const found: string[] = []
  const literal = (node: { readonly type: string; readonly value?: unknown }) =>
    found.push(node.type === 'Literal' && typeof node.value === 'string' ? node.value : '(computed)')
  new Visitor({
    ImportDeclaration: (node) => literal(node.source),
    ExportAllDeclaration: (node) => literal(node.source),
    ExportNamedDeclaration: (node) => node.source !== null && literal(node.source),
    ImportExpression: (node) => literal(node.source),
    TSImportType: (node) => literal(node.source),
    TSExternalModuleReference: (node) => literal(node.expression),
    CallExpression: (node) =>
      node.callee.type === 'Identifier' && node.callee.name === 'require' && found.push('(require)'),
  } as VisitorObject).visit(program)
  return found
}
