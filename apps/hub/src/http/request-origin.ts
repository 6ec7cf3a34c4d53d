/** Where a request came from, for the audit log. */
export interface RequestOrigin {
  readonly requestId: string;
  readonly traceId: string | null;
  /** What others are told that the Hub asks for it; absent where it is not traced. */
  readonly traceparent?: string | undefined;
  readonly ip: string | null;
}
