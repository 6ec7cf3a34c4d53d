import { setTimeout as sleep } from 'node:timers/promises';
import postgres, { type Sql } from 'postgres';
import { dialOnce } from './dial-once.ts';

/** A statement may take hours: pauses between looks grow to it. */
const MOST_PAUSE_MS = 30_000;
const LOOK_AGAIN_MS = 1_000;
/** What a server needs to let somebody in and answer, at the most. */
const MOST_LOOK_MS = 3_000;

export interface SilenceWatchOptions {
  /** The pool whose database it is. */
  readonly sql: Sql;
  /** How long an answer is waited for before the server is asked about it. */
  readonly silenceMs: number;
  /** How many bytes have come so far. */
  readonly received: () => number;
  /** Told once that no answer will come. */
  readonly onLost: () => void;
}

/**
 * Tells a connection that takes long from one that is dead. A network that loses everything says nothing, and a system gives up what it
 * has sent after a quarter of an hour: so the server is asked, over a connection of its own, whether it is at the statement.
 */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  readonly #pending = new Set<{ readonly statement: string }>();
  #timer: NodeJS.Timeout | undefined;
  #pauseMs: number;
  #misses = 0;
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
    this.#misses = 0;
    this.#pauseMs = this.#options.silenceMs;
    clearTimeout(this.#timer);
    if (this.#pending.size > 0) this.#start(this.#pauseMs);
  }

  #start(ms: number): void {
    this.#heard = this.#options.received();
    this.#timer = setTimeout(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    const timer = this.#timer;
    const isAtWork = await this.#isAtWork();
    // There was an answer meanwhile.
    if (timer !== this.#timer || this.#pending.size === 0) return;
    if (this.#options.received() !== this.#heard) return this.#startAnew();
    if (isAtWork) {
      this.#misses = 0;
      this.#pauseMs = Math.min(2 * this.#pauseMs, MOST_PAUSE_MS);
      return this.#start(this.#pauseMs);
    }
    this.#misses++;
    // The answer may have been on its way when the server was asked.
    if (this.#misses === 1) this.#start(LOOK_AGAIN_MS);
    else this.#options.onLost();
  }

  /** Whether the server runs one of the statements, or does not tell. Never rejects. */
  async #isAtWork(): Promise<boolean> {
    const { options } = this.#options.sql;
    const asker = postgres({
      ...options,
      max: 1,
      fetch_types: false,
      connect_timeout: MOST_LOOK_MS / 1_000,
      silence: undefined,
      onclose: undefined,
      socket: dialOnce(options).dial,
    } as unknown as postgres.Options<Record<string, never>>);
    const late = new AbortController();
    try {
      const statements = JSON.stringify(Array.from(this.#pending, ({ statement }) => statement));
      const asked = asker.unsafe<{ found: boolean }[]>(IS_AT_WORK, [statements], { prepare: false });
      const found = asked.then(([row]) => row?.found !== false);
      return await Promise.race([found, sleep(MOST_LOOK_MS, false, { signal: late.signal })]);
    } catch (thrown) {
      // A server that refuses is there.
      return thrown instanceof postgres.PostgresError;
    } finally {
      late.abort();
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
