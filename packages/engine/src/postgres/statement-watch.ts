import { StkError } from '@santokit/contract';
import type { CancelSignal } from '../database.ts';

/** How exactly time limits are kept. */
const TICK_MS = 20;
/** After a cancel request was sent, how long the statement's own end is awaited before it is given up. */
export const CANCEL_GRACE_MS = 2_000;
const ONCE = { once: true };
/** A cancel request travels on a connection of its own and may overtake the statement that it is meant for, so it is repeated. */
const CANCEL_AGAIN_MS = 200;

/** A statement as the driver holds it. */
export interface WatchedStatement {
  /** Asks the database to end it. */
  cancel(): Promise<void> | null;
  /** Settles it here, whatever the database does. */
  reject?(reason: StkError): void;
  /** Ends the connection that it was sent on. */
  drop?(): void;
}

/**
 * Ends the statements of a pool whose time is up or whose caller went away. One timer goes over all of them, because a timer for
 * each would cost every statement what hardly any needs.
 */
export class StatementWatch {
  readonly #running = new Set<RunningStatement>();
  readonly #onEnd: ((durationMs: number) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param onEnd told how long each statement took, its wait for a connection included */
  constructor(onEnd?: (durationMs: number) => void) {
    this.#onEnd = onEnd;
  }

  /** The statements that run now. */
  get size(): number {
    return this.#running.size;
  }

  /** @param signal fires when the caller went away */
  start(statement: WatchedStatement, timeoutMs: number, signal: CancelSignal | undefined): RunningStatement {
    const running = new RunningStatement(statement, timeoutMs, signal);
    this.#running.add(running);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
    running.listen();
    return running;
  }

  finish(running: RunningStatement): void {
    running.stopListening();
    this.#running.delete(running);
    this.#onEnd?.(performance.now() - running.startedMs);
  }

  #tick(): void {
    if (this.#running.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const nowMs = performance.now();
    for (const running of this.#running) running.check(nowMs);
  }
}

/** A statement from its start to its end; remembers why it was cancelled. */
export class RunningStatement {
  /** Why it was cancelled; undefined while it was not. */
  reason: StkError | undefined;
  readonly startedMs = performance.now();
  readonly #statement: WatchedStatement;
  readonly #timeoutMs: number;
  readonly #signal: CancelSignal | undefined;
  #deadlineMs: number;
  #cancelAgainMs = 0;

  constructor(statement: WatchedStatement, timeoutMs: number, signal: CancelSignal | undefined) {
    this.#statement = statement;
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
    this.#deadlineMs = this.startedMs + timeoutMs;
  }

  get leftMs(): number {
    return this.#deadlineMs - performance.now();
  }

  /** Whether the database may have ended it for taking as long as it may. */
  get isNearlyOver(): boolean {
    return this.leftMs < this.#timeoutMs / 10;
  }

  listen(): void {
    if (this.#signal?.aborted) this.handleEvent();
    else this.#signal?.addEventListener('abort', this, ONCE);
  }

  stopListening(): void {
    this.#signal?.removeEventListener('abort', this);
  }

  /** The caller went away. */
  handleEvent(): void {
    this.#end(callerGone());
  }

  check(nowMs: number): void {
    if (this.reason === undefined) {
      if (nowMs >= this.#deadlineMs) this.#end(timedOut());
    } else if (nowMs >= this.#deadlineMs) this.#giveUp(this.reason);
    else if (nowMs >= this.#cancelAgainMs) this.#cancel(nowMs);
  }

  /** A connection on which not even a cancelled statement ends is dead, and would let whatever is sent on it next wait as long. */
  #giveUp(reason: StkError): void {
    this.#statement.reject?.(reason);
    this.#statement.drop?.();
  }

  #end(reason: StkError): void {
    if (this.reason !== undefined) return;
    const nowMs = performance.now();
    this.reason = reason;
    this.#deadlineMs = nowMs + CANCEL_GRACE_MS;
    this.#cancel(nowMs);
  }

  #cancel(nowMs: number): void {
    this.#cancelAgainMs = nowMs + CANCEL_AGAIN_MS;
    // Whether the request could not be sent or was not heeded is the same: the grace ends.
    this.#statement.cancel()?.catch(() => {});
  }
}

export function timedOut(): StkError {
  return new StkError('QUERY_TIMEOUT', 'The query took too long and was cancelled');
}

export function callerGone(): StkError {
  return new StkError('SERVICE_UNAVAILABLE', 'The caller went away');
}
