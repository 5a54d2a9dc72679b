/** Facts about a request that the `Request` does not have. */
export interface ApiContext {
  /** The address at the other end of the connection, where the runtime tells. */
  readonly peer?: string | null
  /** Whether the server may have dropped header lines of the request. Default `false`. */
  readonly isTruncated?: boolean
}

/** Something that frameworks can mount: a function from requests to answers. */
export interface FetchHandler {
  /** Answers a request, or returns `null` for a path outside the API. Never rejects. */
  handle(request: Request, context?: ApiContext): Promise<Response | null>
}
