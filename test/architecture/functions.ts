import type { Span } from 'oxc-parser'
import { codeLines, lineAt, type Source, walk } from './source.ts'

/** One function and the lines of code that are its own: those of the functions inside it are theirs. */
export interface MeasuredFunction {
  /** File and name, as a list of exceptions would call it: `core/verifier.ts createVerifier`. */
  readonly id: string
  readonly line: number
  readonly lines: number
  /** The lines of code between its braces: those of the functions inside it count, too. */
  readonly wholeLines: number
}

/** Every function of a file with a body, arrows and methods included. */
export function measureFunctions(source: Source): MeasuredFunction[] {
  const names = new Map<number, string>()
  const spans: Span[] = []
  const found = (node: Span) => spans.push({ start: node.start, end: node.end })
  const called = (name: string, node: Span | null) => node !== null && names.set(node.end, name)
  walk(source, {
    FunctionDeclaration: (node) => {
      found(node)
      called(node.id?.name ?? '', node)
    },
    FunctionExpression: found,
    ArrowFunctionExpression: found,
    VariableDeclarator: (node) => called(source.text.slice(node.id.start, node.id.end).split(':')[0] ?? '', node.init),
    Property: (node) => called(source.text.slice(node.key.start, node.key.end), node.value),
    MethodDefinition: (node) => called(source.text.slice(node.key.start, node.key.end), node.value),
  })
  return spans.map((span) => measure(source, span, spans, names))
}

function measure(
  source: Source,
  span: Span,
  all: readonly Span[],
  names: ReadonlyMap<number, string>,
): MeasuredFunction {
  const nested = all.filter((other) => other !== span && other.start >= span.start && other.end <= span.end)
  const name = names.get(span.end) ?? `(${lineAt(source, span.start)})`
  return {
    id: `${source.path} ${name}`,
    line: lineAt(source, span.start),
    lines: codeLines(source, span, nested),
    wholeLines: codeLines(source, span, []),
  }
}
