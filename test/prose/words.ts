/** A phrase that plain text does without. */
export interface Sign {
  readonly phrase: RegExp
  /** A plain way to write it, as a hint. */
  readonly instead: string
}

/** The words of this project's texts. Add a sign here and every page is checked for it. */
export const SIGNS: readonly Sign[] = [
  // Persons without a name. Name the role: the caller, the owner, an operator, a client.
  { phrase: /\b(?:who|which|what)(?:so)?ever\b/i, instead: 'the caller, each client, any value' },
  { phrase: /\b(?:no|some|any|every)(?:body|one)\b/i, instead: 'no caller, an operator, any client, every user' },
  // Events happen, are emitted and are logged.
  { phrase: /\btold\b/i, instead: 'reported, notified, returned' },
  { phrase: /\b(?:hears?|heard|unheard)\b/i, instead: 'receives, is called with, is notified of' },
  // Negated existence.
  { phrase: /\b(?:is|are|was|were) none\b/i, instead: 'no token matches; the list is empty' },
  { phrase: /\bthere (?:is|are|was|were) no(?:ne|t|thing)?\b/i, instead: 'no token matches; the list is empty' },
  { phrase: /\bnone (?:is|are) there\b/i, instead: 'no token matches; the list is empty' },
  // Clauses in place of nouns.
  { phrase: /\bwhat (?:is|was|are|were|has|had|goes|comes|stands|belongs|stood|came|went)\b/i, instead: 'a noun' },
  { phrase: /\bthat which\b/i, instead: 'a noun' },
  { phrase: /\bof what\b/i, instead: 'a noun' },
  { phrase: /\b(?:of|by|to|for|with) whom\b/i, instead: 'the owner, the caller' },
  { phrase: /[.:;,]\s+who \w+s\b|^Who \w+s\b/, instead: 'a caller that …' },
  // Everyday words for standard terms.
  { phrase: /\bgood (?:tokens?|credentials?|secrets?|JWTs?)\b/i, instead: 'valid token' },
  { phrase: /\b(?:go|goes|went|going) on (?:working|as)\b/i, instead: 'continues to work' },
  { phrase: /\bis not a member\b/i, instead: 'is not a known field' },
  { phrase: /\bcannot stand beside\b/i, instead: 'cannot be combined with' },
  { phrase: /\bthe (?:last|first) first\b/i, instead: 'sort descending, sort ascending' },
  { phrase: /\bas (?:many|much) (?:\w+ ){1,3}as it may have\b/i, instead: 'has reached its limit' },
  { phrase: /\bsay who you are\b/i, instead: 'authentication required' },
  { phrase: /\bcan be asked with\b/i, instead: 'allowed methods' },
  { phrase: /\bnot alike\b/i, instead: 'different' },
  { phrase: /\bgives? leave\b|\bfor leave\b/i, instead: 'allows' },
  { phrase: /\bby the way\b/i, instead: 'a sentence of its own' },
]
