import { type ErrorCode, type ErrorDetails, type Json, StkError, toStkError } from '@santokit/contract';
import type { FunctionCall } from './function-call.ts';
import { FunctionFault } from './function-fault.ts';
import { FUNCTION_LIMITS } from './function-limits.ts';
import type { FunctionSeat } from './function-seats.ts';
import { readMessage } from './read-message.ts';
import type { FunctionFailure, FunctionOperation, OperationAnswer } from './sandbox/messages.ts';
import type { WorkerProcess } from './worker-process.ts';

const STOP_GRACE_MS = 1_000;
/** What V8 throws for single values that no memory is left for. */
const OUT_OF_MEMORY = /^(?:Array buffer allocation failed|Invalid string length)$/;

/** One call of a function in a worker, from its start to its end. */
export class FunctionRun {
  readonly result: Promise<Json>;
  readonly #seat: FunctionSeat<WorkerProcess>;
  readonly #call: FunctionCall;
  readonly #id: number;
  readonly #timer: NodeJS.Timeout;
  readonly #underWay = new Set<Promise<void>>();
  readonly #refusals = new Map<number, StkError>();
  #isOver = false;
  #hasReturned = false;
  #resolve: (result: Json) => void = () => {};
  #reject: (error: StkError) => void = () => {};

  constructor(seat: FunctionSeat<WorkerProcess>, call: FunctionCall) {
    this.#seat = seat;
    this.#call = call;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { scope, base, artifact, memoryMb, start, timeMs, signal } = call;
    this.#id = seat.worker.call(
      { scope, base, artifact, memoryMb, start: JSON.stringify(start) },
      {
        onMessage: (text) => this.#take(text),
        onDeath: (reason, message) => this.#stop(this.#death(reason, message)),
      },
    );
    this.#timer = setTimeout(
      () => this.#stop(new StkError('QUERY_TIMEOUT', `The function took longer than ${timeMs / 1_000} s`)),
      timeMs,
    );
    if (signal?.aborted === true) this.handleEvent();
    else signal?.addEventListener('abort', this, { once: true });
  }

  /** The caller went away. */
  handleEvent(): void {
    this.#stop(new StkError('SERVICE_UNAVAILABLE', 'The caller went away'));
  }

  #take(text: string): void {
    if (this.#isOver || this.#hasReturned) return;
    const message = readMessage(text);
    if (message === undefined) {
      this.#stop(toStkError(new Error('What came out of the sandbox is no message')));
      return;
    }
    switch (message.kind) {
      case 'log':
        this.#call.onLog(message);
        return;
      case 'done':
        this.#finish(message.result);
        return;
      case 'failed':
        this.#settle();
        this.#reject(this.#errorOf(message.failure));
        return;
      default:
        this.#operate(message);
    }
  }

  #operate(operation: FunctionOperation): void {
    const { op } = operation;
    this.#seat.waits(true);
    const work = this.#call.onOperation(operation).then(
      (result) => this.#answer(`{"op":${op},"result":${result}}`),
      (thrown: unknown) => {
        const error = toStkError(thrown);
        this.#refusals.set(op, error);
        const { code, message, details } = error;
        const shown = { code, message, ...(details === undefined ? {} : { details: details as Json }) };
        this.#answer(JSON.stringify({ op, error: shown } satisfies OperationAnswer));
      },
    );
    this.#underWay.add(work);
    work.finally(() => this.#underWay.delete(work));
  }

  #answer(text: string): void {
    this.#seat.waits(false);
    if (!this.#isOver) this.#seat.worker.answer(this.#id, text);
  }

  /** What the function asked for and did not wait for still belongs to it. */
  async #finish(result: Json): Promise<void> {
    this.#hasReturned = true;
    if (this.#underWay.size > 0) await Promise.all(this.#underWay);
    if (this.#isOver) return;
    this.#settle();
    this.#resolve(result);
  }

  /** The function has ended by itself. */
  #settle(): void {
    this.#leave();
    this.#seat.worker.end(this.#id, true);
  }

  /** The one way in which a call is ended that does not end by itself: with its isolate, and with the process as soon as it can be spared. */
  #stop(error: StkError): void {
    if (this.#isOver) return;
    this.#leave();
    const { worker } = this.#seat;
    worker.end(this.#id, false);
    worker.retire();
    // By then those that run beside it have ended, too.
    setTimeout(() => worker.kill(), FUNCTION_LIMITS.timeMs + STOP_GRACE_MS).unref();
    this.#reject(error);
  }

  #leave(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#call.signal?.removeEventListener('abort', this);
  }

  #death(reason: 'memory' | 'error' | 'crash', message: string): StkError {
    if (reason === 'memory') return this.#outOfMemory();
    const cause = new Error(message);
    return reason === 'crash'
      ? new StkError('SERVICE_UNAVAILABLE', 'The function was interrupted', undefined, { cause })
      : new StkError('INTERNAL_ERROR', 'Internal error', undefined, { cause });
  }

  /** What the function was refused and did not catch; what is wrong in itself is put down to the place where it asked for it. */
  #refusalOf({ op, stack }: FunctionFailure & { readonly type: 'operation' }): StkError {
    const refusal = this.#refusals.get(op) ?? toStkError(new Error('An operation failed that was not asked for'));
    const { code, message, details, cause } = refusal;
    if (code !== 'INTERNAL_ERROR' || cause instanceof FunctionFault) return refusal;
    const { name, message: reason } = cause instanceof Error ? cause : new Error(message);
    const fault = new FunctionFault({ name, message: reason, stack }, this.#call.artifact.hash, cause);
    return new StkError(code, message, details, { cause: fault });
  }

  #outOfMemory(): StkError {
    return new StkError('BAD_REQUEST', `The function needed more than ${this.#call.memoryMb} MB of memory`);
  }

  #errorOf(failure: FunctionFailure): StkError {
    switch (failure.type) {
      case 'args':
        return new StkError('BAD_REQUEST', failure.message);
      case 'refused':
        return new StkError(failure.code as ErrorCode, failure.message, failure.details as ErrorDetails | undefined);
      case 'too-large':
        return new StkError('RESULT_TOO_LARGE', 'The function returned more than an answer may hold');
      case 'operation':
        return this.#refusalOf(failure);
      case 'thrown':
        if (OUT_OF_MEMORY.test(failure.message)) return this.#outOfMemory();
        return toStkError(new FunctionFault(failure, this.#call.artifact.hash));
      default:
        return failure satisfies never;
    }
  }
}
