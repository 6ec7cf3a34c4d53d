import { StkError } from '@santokit/contract';
import type { CancelSignal } from '../database.ts';
import { callerGone, timedOut } from './statement-watch.ts';

type Listener = Parameters<CancelSignal['addEventListener']>[1];

/**
 * When a transaction must end, whatever its work is at: time is up, the caller went away, the connection is lost. It is the signal
 * that cancels the transaction's statements.
 */
export class TransactionEnd implements CancelSignal {
  /** Why; undefined while it goes on. */
  reason: StkError | undefined;
  /** Rejects with the reason. */
  readonly reached: Promise<never>;
  readonly #listeners = new Set<Listener>();
  readonly #callers: CancelSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  #reject: (reason: StkError) => void = () => {};

  constructor(timeoutMs: number, callers: CancelSignal | undefined) {
    this.reached = new Promise((_, reject) => {
      this.#reject = reject;
    });
    // Nobody may be waiting for it at the time.
    this.reached.catch(() => {});
    this.#timer = setTimeout(() => this.#reach(timedOut()), timeoutMs);
    this.#callers = callers;
    if (callers?.aborted === true) this.handleEvent();
    else callers?.addEventListener('abort', this, { once: true });
  }

  get aborted(): boolean {
    return this.reason !== undefined;
  }

  addEventListener(_: 'abort', listener: Listener): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_: 'abort', listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** The caller went away. */
  handleEvent(): void {
    this.#reach(callerGone());
  }

  /** The connection is gone, and with it the transaction. */
  lost(reason: StkError): void {
    this.#reach(reason);
  }

  /** Cancels what still runs, for whoever awaits it. */
  abandon(): void {
    this.#reach(new StkError('SERVICE_UNAVAILABLE', 'The transaction was rolled back'));
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#callers?.removeEventListener('abort', this);
  }

  #reach(reason: StkError): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.#reject(reason);
    for (const listener of this.#listeners) listener.handleEvent();
  }
}
