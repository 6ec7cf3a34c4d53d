import type postgres from 'postgres';

/** The channel on which Hubs tell each other that an env's pointer, keys or connections changed; the payload is the env's id. */
export const POINTER_CHANNEL = 'stk_pointer';

/** Wakes requests that wait for an env to change, whichever Hub instance made the change. */
export class PointerWatch {
  readonly #sql: postgres.Sql;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  /** Begins to listen; the driver listens again by itself after a lost connection. */
  async start(): Promise<void> {
    await this.#sql.listen(
      POINTER_CHANNEL,
      (envId) => this.#wake(envId),
      // What was said while nobody listened is lost, so everybody looks again.
      () => this.wakeAll(),
    );
  }

  wakeAll(): void {
    for (const envId of [...this.#waiting.keys()]) this.#wake(envId);
  }

  /**
   * Resolves when the env changed, `timeoutMs` went by, or `signal` fired. `ready` is called once the watch is set, to look for
   * changes that came before it; when it resolves to true, there is nothing to wait for.
   */
  async wait(
    envId: string,
    { timeoutMs, signal, ready }: { timeoutMs: number; signal: AbortSignal; ready: () => Promise<boolean> },
  ): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiters = this.#waiting.get(envId) ?? new Set();
    this.#waiting.set(envId, waiters.add(resolve));
    const timer = setTimeout(resolve, timeoutMs);
    const onAbort = () => resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (signal.aborted || (await ready())) return;
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      waiters.delete(resolve);
      if (waiters.size === 0) this.#waiting.delete(envId);
    }
  }

  #wake(envId: string): void {
    for (const resolve of this.#waiting.get(envId) ?? []) resolve();
  }
}
