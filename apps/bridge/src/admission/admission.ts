import { StkError } from '@santokit/contract';
import type { Target } from '../target/target.ts';
import { Refusals } from './refusals.ts';
import { Strangers } from './strangers.ts';
import { Turns } from './turns.ts';
import { type BodyBytes, type Share, Visit } from './visit.ts';

export interface AdmissionOptions {
  /** Requests that are in flight at the same time, at most. */
  readonly mostRequests: number;
  /** What their bodies hold together, at most; twice the largest body at least, so that an env's share has room for it. */
  readonly mostBodyBytes: number;
  /** Requests of one env that are at work at the same time; more wait for their turn. */
  readonly mostAtWork: number;
  /** Whether there are other envs to leave room for. */
  readonly isShared: () => boolean;
}

/**
 * An env may hold this many times what is free. So one that is flooded gets four fifths of all, two get four ninths each, and there is
 * always room for the next one (dynamic thresholds, Choudhury and Hahne 1998).
 */
const TIMES_FREE = 4;

/** Lets requests in as long as there is room, so that a flood of one env leaves room for the others. */
export class Admission implements BodyBytes {
  readonly #options: AdmissionOptions;
  readonly #shares = new WeakMap<Target, Share>();
  readonly #strangers = new Strangers();
  #requests = 0;
  #bodyBytes = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  get requests(): number {
    return this.#requests;
  }

  /** One request more is in flight. @returns false when there is no room */
  enter(): boolean {
    if (this.#requests >= this.#options.mostRequests) return false;
    this.#requests++;
    return true;
  }

  /** Gives a request that has entered a place among those of its env. @throws StkError `SERVICE_UNAVAILABLE` */
  admit(target: Target): Visit {
    const share = this.#shareOf(target);
    const isFirst = share.requests === 0;
    if (!isFirst && !this.#isFair(share.requests + 1, this.#options.mostRequests - this.#requests))
      throw new StkError('SERVICE_UNAVAILABLE', 'Too many requests are in flight');
    share.requests++;
    return new Visit(this, share);
  }

  /** @returns false when that is more than may be held */
  holdBodyBytes(share: Share, bytes: number): boolean {
    const free = this.#options.mostBodyBytes - this.#bodyBytes - bytes;
    if (free < 0 || !this.#isFair(share.bodyBytes + bytes, free)) return false;
    share.bodyBytes += bytes;
    this.#bodyBytes += bytes;
    return true;
  }

  /** How long a request of an env is not to be told that it is refused. */
  holdBackMs(target: Target): number {
    return this.#shareOf(target).refusals.holdBackMs(performance.now());
  }

  /** The same of one whom no credential lets in. */
  holdBackStrangerMs(address: string): number {
    return this.#strangers.holdBackMs(address, performance.now());
  }

  /** A request that had entered is answered, or its caller is gone. */
  leave(visit: Visit | undefined): void {
    this.#requests--;
    if (visit === undefined) return;
    visit.hasLeft = true;
    const { share, bodyBytes } = visit;
    share.requests--;
    share.bodyBytes -= bodyBytes;
    this.#bodyBytes -= bodyBytes;
  }

  #isFair(held: number, free: number): boolean {
    return held <= TIMES_FREE * free || !this.#options.isShared();
  }

  #shareOf(target: Target): Share {
    const known = this.#shares.get(target);
    if (known !== undefined) return known;
    const turns = new Turns(this.#options.mostAtWork);
    const share: Share = { requests: 0, bodyBytes: 0, turns, refusals: new Refusals() };
    this.#shares.set(target, share);
    return share;
  }
}
