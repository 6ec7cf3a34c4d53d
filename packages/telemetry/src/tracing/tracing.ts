import type { Logger } from 'pino';

/** What a span is told beside its name: few different values, none of them a caller's. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** A piece of work of a request that is traced. */
export interface TraceSpan {
  /** Begins a piece of this piece. `to`: it is a question to another program. */
  begin(name: string, attributes?: SpanAttributes, to?: 'database'): TraceSpan;
  set(attributes: SpanAttributes): void;
  /** @param failure the code of the error that it ended with */
  end(failure?: string): void;
}

/** What tracing makes of a request. */
export interface RequestTrace {
  /** The caller's, or a new one. */
  readonly traceId: string;
  /** Undefined where this request was not chosen to be traced. */
  readonly span: TraceSpan | undefined;
}

/** Where a program's spans go. */
export interface Tracing {
  /** @param traceparent the header of the request, which says whether it is to be traced; without one the rate decides */
  request(name: string, traceparent: string | undefined): RequestTrace;
  /** Sends what is left, for `graceMs` at most. */
  close(graceMs: number): Promise<void>;
}

export interface TracedProgram {
  /** `santokit-bridge` */
  readonly service: string;
  readonly version: string;
  /** Which of several programs of the kind. */
  readonly instanceId: string;
  readonly logger: Logger;
}
