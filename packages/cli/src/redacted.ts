/** A password in a URL. What stands before it may be anything: messages of drivers quote URLs in their own ways. */
const URL_PASSWORD = /(\/\/[^\s/:@]*):[^\s/]*@/g
/** A password as a parameter, which drivers take, too. */
const PASSWORD_PARAMETER = /([?&][a-z0-9]*passw?(?:or)?d[a-z0-9]*=)[^&\s]*/gi
/** A token: a prefix and 36 digits of base62. */
const TOKEN = /\b([A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*_)[0-9A-Za-z]{36}\b/g
/** A digest, which drivers quote when it is there already. */
const DIGEST = /\b[0-9a-f]{64}\b/g

/** A message without the secrets that it may quote: passwords of URLs, tokens and digests. */
export function redacted(message: string): string {
  return message
    .replace(URL_PASSWORD, '$1:***@')
    .replace(PASSWORD_PARAMETER, '$1***')
    .replace(TOKEN, '$1…')
    .replace(DIGEST, '…')
}
