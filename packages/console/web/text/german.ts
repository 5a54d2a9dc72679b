import { english } from './english.ts'
import type { Catalogue } from './translate.ts'

export const german: Catalogue = english
