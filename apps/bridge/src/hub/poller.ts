import { Bell } from '../bell.ts';
import { backoffMs } from './backoff.ts';

export interface PollerOptions {
  /** Asks once. @returns milliseconds until it is to be asked again */
  readonly poll: () => Promise<number>;
  /** Told of each failure in a row, from 1. */
  readonly onFailure: (error: unknown, failures: number) => void;
  readonly backoff: { readonly minMs: number; readonly maxMs: number };
  readonly random: () => number;
  /** Ends a pause early. */
  readonly hurry?: Bell | undefined;
  /** Ends the polling. */
  readonly signal: AbortSignal;
}

/** Asks again and again, one question at a time; after failures with growing pauses. Resolves when `signal` fires. */
export async function keepPolling(options: PollerOptions): Promise<void> {
  const { poll, onFailure, backoff, random, hurry = new Bell(), signal } = options;
  let failures = 0;
  while (!signal.aborted) {
    let pauseMs: number;
    try {
      pauseMs = await poll();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      onFailure(error, failures);
      pauseMs = backoffMs({ ...backoff, failures, random });
    }
    // The pause alone must not keep a process that is otherwise done; its end by `signal` is how it is meant to end.
    await hurry.heard(pauseMs, signal);
  }
}
