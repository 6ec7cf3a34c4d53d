import type { ServerResponse } from 'node:http';

interface Listener {
  handleEvent(): void;
}

/** Fires like an `AbortSignal` when a caller goes away before the answer is sent; made for every request, so it does no more. */
export class CallerPresence {
  aborted = false;
  #listeners: Set<Listener> | undefined;

  constructor(response: ServerResponse) {
    response.on('close', () => {
      if (!response.writableFinished) this.#leave();
    });
  }

  addEventListener(_type: 'abort', listener: Listener): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: Listener): void {
    this.#listeners?.delete(listener);
  }

  #leave(): void {
    this.aborted = true;
    for (const listener of this.#listeners ?? []) listener.handleEvent();
  }
}
