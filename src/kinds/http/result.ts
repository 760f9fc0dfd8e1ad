/** The result of an HTTP job: what is kept of the answer. */
export interface HttpResponse {
  /** That of the answer. */
  readonly status: number
  /** Content-type, content-length, date, etag, location, retry-after and x-request-id; at most 500 characters each. */
  readonly headers: Readonly<Record<string, string>>
  /** The JSON of it, or its text; null where it is neither. A text where it was cut. */
  readonly body: unknown
  /** There was more than what stands in `body`. */
  readonly truncated: boolean
}
