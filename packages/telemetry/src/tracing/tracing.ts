import type { Logger } from 'pino';

/** What a span is told beside its name: few different values, none of them a caller's. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** A piece of work that is traced. */
export interface TraceSpan {
  /** What others are told so that their work is part of this: the header of W3C Trace Context, section 3.2. */
  readonly traceparent: string;
  /** Begins a piece of this piece. `to`: it is a question to another program. */
  begin(name: string, attributes?: SpanAttributes, to?: 'database' | 'service'): TraceSpan;
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

/** What tracing makes of a question to another program that nobody asked for. */
export interface AskTrace {
  /** For the one who is asked; says also that it is not traced. */
  readonly traceparent: string;
  /** Undefined where it was not chosen to be traced. */
  readonly span: TraceSpan | undefined;
}

/** Work that no request waits for. */
export interface LaterWork {
  /** `handler`: of what a message or the clock asked for; `upkeep`: of the program's own. */
  readonly kind: 'handler' | 'upkeep';
  readonly attributes: SpanAttributes;
  /** The `traceparent` of what asked for it; absent: the rate decides whether it is traced. */
  readonly cause?: string | undefined;
  /** When it began, in milliseconds since the epoch; absent: now. */
  readonly startedMs?: number;
}

/** Where a program's spans go. */
export interface Tracing {
  /** @param traceparent the header of the request, which says whether it is to be traced; without one the rate decides */
  request(name: string, traceparent: string | undefined): RequestTrace;
  /** Begins a question to another program. */
  ask(name: string, attributes: SpanAttributes): AskTrace;
  /** Begins work that no request waits for; undefined where it was not chosen to be traced. */
  work(name: string, work: LaterWork): TraceSpan | undefined;
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
