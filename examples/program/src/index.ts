export { type CurlRequest, curlLine } from './curl-line.ts'
export type { Choice, Example, Introduction, Opened, Stage } from './example.ts'
export { renewToken } from './renew-token.ts'
export { runExample } from './run.ts'
