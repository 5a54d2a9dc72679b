import type { english } from './english.ts'

/** A sentence with `{placeholders}`, or its forms for numbers. */
export type Text = string | { readonly one: string; readonly other: string }

export type TextKey = keyof typeof english

/** Texts of the console by their keys. */
export type Catalogue = Readonly<Record<TextKey, Text>>

export type Values = Readonly<Record<string, string | number>>

export type Translate = (key: TextKey, values?: Values) => string

/** @param overrides texts of the host, which replace those of the catalogue */
export function createTranslate(catalogue: Catalogue, overrides: Partial<Catalogue>, language: string): Translate {
  const plural = new Intl.PluralRules(language)
  const numbers = new Intl.NumberFormat(language)
  return (key, values = {}) => {
    const text = overrides[key] ?? catalogue[key]
    const form = typeof text === 'string' ? text : plural.select(Number(values.count)) === 'one' ? text.one : text.other
    return filled(form, values, (number) => numbers.format(number))
  }
}

/** A sentence with its placeholders replaced. */
export function filled(text: string, values: Values, numberText: (value: number) => string = String): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? ''
    return typeof value === 'number' ? numberText(value) : isolated(value)
  })
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufefc]/

/** They could end the isolate. */
const EMBEDDINGS = /[\u202a-\u202e\u2066-\u2069]/g

/** Text of another direction leaves the sentence around it in order (UAX #9, isolates). */
function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text.replace(EMBEDDINGS, '')}\u2069` : text
}
