const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
const SAMPLED = 1;

/** The caller's part of a trace. */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  /** Whether the caller's part is kept. */
  readonly isSampled: boolean;
}

/**
 * The id of the trace that a request is part of; undefined where it says none.
 * @param traceparent the header, W3C Trace Context, section 3.2
 */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return traceparent === undefined ? undefined : TRACEPARENT.exec(traceparent)?.[1];
}

/** What the header says; undefined where it says nothing, or is none. */
export function parseTraceparent(traceparent: string | undefined): TraceParent | undefined {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  return traceId === ''
    ? undefined
    : { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}
