/** One refused attempt, as far as it is counted. */
export interface CountedRefusal {
  /** Operator id, or address. */
  readonly source: string;
  /** An operator is signed in: what strangers do cannot use up what is kept for them. */
  readonly signedIn: boolean;
  /** What was attempted and with which code it was refused. */
  readonly what: string;
}

/** Refusals that got no entry of their own. */
export interface UnrecordedRefusals {
  readonly attempts: number;
  readonly since: Date;
  readonly what: Readonly<Record<string, number>>;
  readonly sources: Readonly<Record<string, number>>;
}

const WINDOW_MS = 60 * 60 * 1_000;
/** Entries in an hour of one kind of attempt from one source. */
const MOST_ALIKE = 100;
/** Entries in an hour of one operator, and of all strangers together. */
const MOST_TOGETHER = 1_000;
/** Of what is only counted, how many sources and kinds are told apart. */
const MOST_NAMED = 20;
const OTHERS = 'others';

/**
 * Decides which refused attempts get an entry of their own, so that a flood of them neither fills the disk nor pushes others' out,
 * and counts the rest. In memory: each instance of the Hub has a budget of its own.
 */
export class RefusalBudget {
  readonly #clock: () => Date;
  #windowStartedMs = 0;
  #alike = new Map<string, number>();
  #together = new Map<string, number>();
  #rest: { attempts: number; since: Date; what: Map<string, number>; sources: Map<string, number> } | undefined;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  /** Whether this one gets an entry. One that does not is counted. */
  take(refusal: CountedRefusal): boolean {
    this.#startWindow();
    const pot = refusal.signedIn ? refusal.source : '';
    const kind = JSON.stringify([refusal.source, refusal.what]);
    const together = this.#together.get(pot) ?? 0;
    const alike = this.#alike.get(kind) ?? 0;
    // Nothing is remembered of what is beyond the budget: the maps cannot grow by a flood.
    if (together >= MOST_TOGETHER || alike >= MOST_ALIKE) {
      this.#count(refusal);
      return false;
    }
    this.#together.set(pot, together + 1);
    this.#alike.set(kind, alike + 1);
    return true;
  }

  /** What was only counted since this was last asked. */
  drain(): UnrecordedRefusals | undefined {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest === undefined) return undefined;
    return { ...rest, what: Object.fromEntries(rest.what), sources: Object.fromEntries(rest.sources) };
  }

  #startWindow(): void {
    const nowMs = this.#clock().getTime();
    if (nowMs - this.#windowStartedMs < WINDOW_MS) return;
    this.#windowStartedMs = nowMs;
    this.#alike = new Map();
    this.#together = new Map();
  }

  #count({ source, what }: CountedRefusal): void {
    this.#rest ??= { attempts: 0, since: this.#clock(), what: new Map(), sources: new Map() };
    this.#rest.attempts += 1;
    increment(this.#rest.what, what);
    increment(this.#rest.sources, source);
  }
}

function increment(counts: Map<string, number>, name: string): void {
  const key = counts.has(name) || counts.size < MOST_NAMED ? name : OTHERS;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
