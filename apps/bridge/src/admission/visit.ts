import type { Refusals } from './refusals.ts';
import type { Turns } from './turns.ts';

/** What the requests of one env hold. */
export interface Share {
  requests: number;
  bodyBytes: number;
  readonly turns: Turns;
  readonly refusals: Refusals;
}

/** Says whether so many bytes more may be held. */
export interface BodyBytes {
  holdBodyBytes(share: Share, bytes: number): boolean;
}

/** What one request holds from when its caller is known. */
export class Visit {
  readonly share: Share;
  readonly #all: BodyBytes;
  bodyBytes = 0;
  hasLeft = false;

  constructor(all: BodyBytes, share: Share) {
    this.#all = all;
    this.share = share;
  }

  /** Holds so many bytes more of a body, until the request has left. @returns false when they must not be kept */
  holdBodyBytes(bytes: number): boolean {
    if (this.hasLeft || !this.#all.holdBodyBytes(this.share, bytes)) return false;
    this.bodyBytes += bytes;
    return true;
  }
}
