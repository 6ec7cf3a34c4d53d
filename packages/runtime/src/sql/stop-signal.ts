import type { CancelSignal } from '@santokit/engine';

type Listener = Parameters<CancelSignal['addEventListener']>[1];

/** Fires when the caller goes away, or when what runs is stopped from here. */
export class StopSignal implements CancelSignal {
  readonly #callers: CancelSignal | undefined;
  readonly #listeners = new Set<Listener>();
  #isStopped = false;

  constructor(callers: CancelSignal | undefined) {
    this.#callers = callers;
    if (callers?.aborted === true) this.#isStopped = true;
    else callers?.addEventListener('abort', this, { once: true });
  }

  get aborted(): boolean {
    return this.#isStopped;
  }

  addEventListener(_: 'abort', listener: Listener): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_: 'abort', listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** The caller went away. */
  handleEvent(): void {
    this.stop();
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const listener of this.#listeners) listener.handleEvent();
  }

  dispose(): void {
    this.#callers?.removeEventListener('abort', this);
  }
}
