import { StkError } from '@santokit/contract';
import type { CancelSignal } from '@santokit/engine';
import { FunctionQueue } from './function-queue.ts';

/** Calls that compute in one process at once: an isolate that finds no thread waits, and its time runs. */
const MOST_ACTIVE = 3;
/** Calls that one process holds, with those that wait for what they asked for. Each has an isolate. */
const MOST_HELD = 24;
const MOST_WAITING = 1_000;
const MOST_WAITING_MS = 30_000;

export interface SeatRequest {
  /** Calls of one key are given at most half of the seats. */
  readonly key: string;
  /** Others may wait for what it holds, so that it must not wait for them. */
  readonly isUrgent: boolean;
  readonly signal?: CancelSignal | undefined;
}

/** A call's place in a process. */
export interface FunctionSeat<W> {
  readonly worker: W;
  /** Says whether the call waits for what it asked for, and computes nothing. */
  waits(isWaiting: boolean): void;
  leave(): void;
}

interface Waiting<W> {
  seat(seat: FunctionSeat<W>): void;
  refuse(error: StkError): void;
}

/** What is under way in one process. */
interface Bench {
  active: number;
  held: number;
}

/**
 * Decides which calls run now, and in which process. What waits for its turn is not on its own time yet, and whoever calls one function
 * again and again keeps nobody from the others.
 */
export class FunctionSeats<W extends object> {
  readonly #workers: () => Iterable<W>;
  readonly #mostOfKey: number;
  readonly #benches = new WeakMap<W, Bench>();
  readonly #activeOf = new Map<string, number>();
  readonly #queue = new FunctionQueue<Waiting<W>>();

  /** @param workers those that take calls; of two with as much to do it is the first that is given one */
  constructor(size: number, workers: () => Iterable<W>) {
    this.#workers = workers;
    this.#mostOfKey = Math.ceil((size * MOST_ACTIVE) / 2);
  }

  /** A seat that is free; undefined when the call has to wait for one. */
  take({ key, isUrgent }: SeatRequest): FunctionSeat<W> | undefined {
    if (!isUrgent && !this.#mayRun(key)) return undefined;
    const worker = this.#freest();
    return worker !== undefined && (isUrgent || this.#hasRoom(worker)) ? this.#seat(key, worker) : undefined;
  }

  /** @throws StkError `SERVICE_UNAVAILABLE` when there is none in time, or the caller goes away */
  async wait({ key, signal }: SeatRequest): Promise<FunctionSeat<W>> {
    if (this.#queue.size >= MOST_WAITING) throw busy();
    return await new Promise((resolve, reject) => {
      const leave = (error?: StkError) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', gone);
        if (error === undefined) return;
        this.#queue.remove(key, entry);
        reject(error);
      };
      const entry: Waiting<W> = {
        seat: (seat) => {
          leave();
          resolve(seat);
        },
        refuse: leave,
      };
      const timer = setTimeout(() => leave(busy()), MOST_WAITING_MS);
      const gone = { handleEvent: () => leave(new StkError('SERVICE_UNAVAILABLE', 'The caller went away')) };
      signal?.addEventListener('abort', gone, { once: true });
      this.#queue.add(key, entry);
    });
  }

  /** Seats those whose turn it is. */
  fill(): void {
    while (this.#queue.size > 0) {
      const worker = this.#freest();
      if (worker === undefined || !this.#hasRoom(worker)) return;
      const next = this.#queue.take((key) => this.#mayRun(key));
      if (next === undefined) return;
      next.entry.seat(this.#seat(next.key, worker));
    }
  }

  /** Refuses all who wait. */
  close(): void {
    for (;;) {
      const next = this.#queue.take(() => true);
      if (next === undefined) return;
      next.entry.refuse(new StkError('SERVICE_UNAVAILABLE', 'Functions are not run any more'));
    }
  }

  #seat(key: string, worker: W): FunctionSeat<W> {
    const bench = this.#benchOf(worker);
    let [isActive, hasLeft] = [false, false];
    const setActive = (value: boolean) => {
      if (value === isActive) return;
      isActive = value;
      bench.active += value ? 1 : -1;
      this.#count(key, value ? 1 : -1);
    };
    bench.held += 1;
    setActive(true);
    return {
      worker,
      waits: (isWaiting) => {
        if (hasLeft) return;
        setActive(!isWaiting);
        if (isWaiting) this.fill();
      },
      leave: () => {
        setActive(false);
        hasLeft = true;
        bench.held -= 1;
        this.fill();
      },
    };
  }

  #count(key: string, change: number): void {
    const active = (this.#activeOf.get(key) ?? 0) + change;
    if (active === 0) this.#activeOf.delete(key);
    else this.#activeOf.set(key, active);
  }

  #mayRun(key: string): boolean {
    return (this.#activeOf.get(key) ?? 0) < this.#mostOfKey;
  }

  #hasRoom(worker: W): boolean {
    const { active, held } = this.#benchOf(worker);
    return active < MOST_ACTIVE && held < MOST_HELD;
  }

  #freest(): W | undefined {
    let best: { readonly worker: W; readonly bench: Bench } | undefined;
    for (const worker of this.#workers()) {
      const bench = this.#benchOf(worker);
      if (best === undefined || isFreer(bench, best.bench)) best = { worker, bench };
    }
    return best?.worker;
  }

  #benchOf(worker: W): Bench {
    let bench = this.#benches.get(worker);
    if (bench === undefined) {
      bench = { active: 0, held: 0 };
      this.#benches.set(worker, bench);
    }
    return bench;
  }
}

/** One that is full comes last, whatever it computes. */
function isFreer(one: Bench, other: Bench): boolean {
  const [isFull, wasFull] = [one.held >= MOST_HELD, other.held >= MOST_HELD];
  if (isFull !== wasFull) return wasFull;
  return one.active < other.active || (one.active === other.active && one.held < other.held);
}

function busy(): StkError {
  return new StkError('SERVICE_UNAVAILABLE', 'Too many functions are called at once');
}
