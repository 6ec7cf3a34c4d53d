import { setTimeout as sleep } from 'node:timers/promises';
import postgres, { type Sql } from 'postgres';
import { dialOnce } from './dial-once.ts';

/** A statement may take hours: pauses between looks grow to it. */
const MOST_PAUSE_MS = 30_000;
const LOOK_AGAIN_MS = 1_000;
/** A machine may be paused, or its disk, and go on with everything that it was at. */
const MOST_UNANSWERED = 6;

export interface SilenceWatchOptions {
  /** The pool whose database it is. */
  readonly sql: Sql;
  /** How long an answer is waited for before the server is asked about it. */
  readonly silenceMs: number;
  /** How long the server may take to let somebody in and answer. */
  readonly lookMs: number;
  /** How many bytes have come so far. */
  readonly received: () => number;
  /** Told once that no answer will come. */
  readonly onLost: () => void;
}

/** What the server was seen to do. One that refuses to tell counts as at work, for it is there. */
type Sight = 'at work' | 'not at work' | 'no answer';

/**
 * Tells a connection that takes long from one that is dead. A network that loses everything says nothing, and a system gives up what it
 * has sent after a quarter of an hour: so the server is asked, over a connection of its own, whether it is at the statement.
 */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  readonly #pending = new Set<{ readonly statement: string }>();
  #timer: NodeJS.Timeout | undefined;
  #late = new AbortController();
  #pauseMs: number;
  /** Looks in a row that nobody answered. Not a time: it may have been the Hub's own process that was paused. */
  #unanswered = 0;
  /** When the connection was last known to be good. */
  #goodMs = 0;
  /** Since when every look has found the server at nothing. */
  #idleSinceMs: number | undefined;
  /** How many bytes had come when the clock was started. */
  #heard = 0;

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
    this.#pauseMs = options.silenceMs;
  }

  /** Watches until a statement is answered. */
  async over<T>(statement: string, answer: Promise<T>): Promise<T> {
    const waiting = { statement };
    this.#pending.add(waiting);
    if (this.#pending.size === 1) this.#startAnew();
    try {
      return await answer;
    } finally {
      this.#pending.delete(waiting);
      this.#startAnew();
    }
  }

  #startAnew(): void {
    this.#pauseMs = this.#options.silenceMs;
    this.#isGood();
    this.#late.abort();
    clearTimeout(this.#timer);
    if (this.#pending.size > 0) this.#start(this.#pauseMs);
  }

  #isGood(): void {
    this.#goodMs = performance.now();
    this.#idleSinceMs = undefined;
    this.#unanswered = 0;
  }

  #start(ms: number): void {
    this.#heard = this.#options.received();
    this.#timer = setTimeout(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    const timer = this.#timer;
    const sight = await this.#sight();
    // There was an answer meanwhile.
    if (timer !== this.#timer || this.#pending.size === 0) return;
    if (this.#options.received() !== this.#heard) return this.#startAnew();
    switch (sight) {
      case 'at work':
        this.#isGood();
        this.#pauseMs = Math.min(2 * this.#pauseMs, MOST_PAUSE_MS);
        return this.#start(this.#pauseMs);
      case 'not at work':
        this.#unanswered = 0;
        return this.#isIdleForLong() ? this.#options.onLost() : this.#start(LOOK_AGAIN_MS);
      case 'no answer':
        this.#idleSinceMs = undefined;
        this.#unanswered += 1;
        return this.#unanswered === MOST_UNANSWERED ? this.#options.onLost() : this.#start(0);
    }
  }

  /**
   * What got lost is sent again, after pauses that double: if anything of it is to come, it comes within as long again as the silence had
   * lasted when the server was first found at nothing.
   */
  #isIdleForLong(): boolean {
    const nowMs = performance.now();
    this.#idleSinceMs ??= nowMs;
    return nowMs - this.#idleSinceMs >= this.#idleSinceMs - this.#goodMs;
  }

  /** Asks the server whether it runs one of the statements. Never rejects. */
  async #sight(): Promise<Sight> {
    const { sql, lookMs } = this.#options;
    const { options } = sql;
    const asker = postgres({
      ...options,
      max: 1,
      fetch_types: false,
      connect_timeout: lookMs / 1_000,
      silence: undefined,
      onclose: undefined,
      socket: dialOnce(options).dial,
    } as unknown as postgres.Options<Record<string, never>>);
    this.#late = new AbortController();
    const late = sleep(lookMs, 'no answer' as const, { signal: this.#late.signal }).catch(() => 'no answer' as const);
    const statements = JSON.stringify(Array.from(this.#pending, ({ statement }) => statement));
    const sight = asker.unsafe<{ found: boolean }[]>(IS_AT_WORK, [statements], { prepare: false }).then(
      ([row]): Sight => (row?.found === false ? 'not at work' : 'at work'),
      // What fails at once is no less unsaid than what is waited for.
      (thrown: unknown) => (thrown instanceof postgres.PostgresError ? 'at work' : late),
    );
    try {
      return await Promise.race([sight, late]);
    } finally {
      this.#late.abort();
      void asker.end({ timeout: 0 });
    }
  }
}

/**
 * Goes by the text, for a pooler between may lend another process to every statement. A server keeps the beginning of it, 99 bytes at the
 * least, and where it is told to keep nothing the state is `disabled`. One that waits for its client is not at work: half of what was sent
 * may have got lost, or of the answer.
 */
const IS_AT_WORK = `
  SELECT EXISTS (
    SELECT FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND (state = 'disabled' OR state NOT LIKE 'idle%' AND wait_event_type IS DISTINCT FROM 'Client' AND left(query, 90) IN (
         SELECT left(statement, 90) FROM json_array_elements_text($1::text::json) AS statement))
  ) AS found`;
