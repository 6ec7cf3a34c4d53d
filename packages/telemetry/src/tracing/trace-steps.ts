import { toStkError } from '@santokit/contract';
import type { SpanAttributes, TraceSpan } from './tracing.ts';

/** The pieces of a request, or of one call of it, that come one after another. */
export class TraceSteps {
  readonly #parent: TraceSpan;
  #common: SpanAttributes = {};
  #step: TraceSpan | undefined;

  constructor(parent: TraceSpan) {
    this.#parent = parent;
  }

  /** Ends the step before, if any, and begins the next. */
  enter(name: string, attributes?: SpanAttributes, to?: 'database' | 'service'): void {
    this.#step?.end();
    this.#step = this.#parent.begin(name, { ...this.#common, ...attributes }, to);
  }

  /** Of the step that is taken, or of what it would be a step of. */
  get traceparent(): string {
    return (this.#step ?? this.#parent).traceparent;
  }

  /** Tells of the step that is taken. */
  set(attributes: SpanAttributes): void {
    this.#step?.set(attributes);
  }

  /** Tells of the step that is taken and of all that follow. */
  describe(attributes: SpanAttributes): void {
    this.#common = { ...this.#common, ...attributes };
    this.#step?.set(attributes);
  }

  leave(): void {
    this.#step?.end();
    this.#step = undefined;
  }

  /** Ends the step that is taken, if any, with what was thrown in it. */
  fail(thrown: unknown): void {
    this.#step?.end(toStkError(thrown).code);
    this.#step = undefined;
  }
}
