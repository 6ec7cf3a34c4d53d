import { type IncomingMessage, ServerResponse } from 'node:http';
import type { CancelSignal } from '@santokit/engine';
import type { Visit } from '../admission/visit.ts';

interface AbortListener {
  handleEvent(): void;
}

/** Who wants to know that a response has ended, one way or the other: once for each. */
export interface ResponseObserver {
  ended(response: BridgeResponse): void;
}

/**
 * A response that knows whether its caller is still there, and says so like an `AbortSignal`. There is one for every request, so
 * nothing more is made for it: neither a controller nor a closure.
 */
export class BridgeResponse extends ServerResponse<IncomingMessage> implements CancelSignal {
  /** Whether the caller went away before the answer was sent. */
  aborted = false;
  /** What its request holds. */
  visit: Visit | undefined;
  #listeners: Set<AbortListener> | undefined;
  #observer: ResponseObserver | undefined;

  /** Tells `observer`, and from now on who asks whether the caller is there. Once. */
  observe(observer: ResponseObserver): void {
    this.#observer = observer;
    this.on('close', onClose);
  }

  addEventListener(_type: 'abort', listener: AbortListener): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: AbortListener): void {
    this.#listeners?.delete(listener);
  }

  connectionClosed(): void {
    if (!this.writableFinished) {
      this.aborted = true;
      for (const listener of this.#listeners ?? []) listener.handleEvent();
    }
    this.leave();
  }

  /** Nothing is held for it any more, though its last bytes may still travel. */
  leave(): void {
    const observer = this.#observer;
    this.#observer = undefined;
    observer?.ended(this);
  }
}

/** One function for all responses. */
function onClose(this: BridgeResponse): void {
  this.connectionClosed();
}
