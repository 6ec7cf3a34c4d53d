/** Where a request came from, for the audit log. */
export interface RequestOrigin {
  readonly requestId: string;
  readonly traceId: string | null;
  readonly ip: string | null;
}
