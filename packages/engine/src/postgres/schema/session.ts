import postgres, { type Sql } from 'postgres';
import { dialOnce, lost } from './dial-once.ts';
import { SilenceWatch } from './silence-watch.ts';

/** One connection of its own, for what depends on a session: transactions, advisory locks, settings. */
export interface Session {
  /**
   * Runs exactly one statement and answers its rows by column name. Goes by the extended protocol: by the simple one, a text could
   * hold several statements.
   */
  run<Row = Record<string, unknown>>(statement: string, params?: readonly string[]): Promise<readonly Row[]>;
}

export interface SessionOptions {
  /** How long an answer is waited for before the server is asked whether it is at the statement. Default 4,000. */
  readonly silenceMs?: number;
  /** How long the server may take to answer that, before it is asked anew. Default 10,000. */
  readonly lookMs?: number;
}

const SILENCE_MS = 4_000;
const LOOK_MS = 10_000;

/**
 * Opens a connection like those of `sql`, lends it to `work` and closes it, which ends every lock and transaction on it. A statement
 * may take as long as the server is at it, and no longer.
 *
 * `sql.begin` and `sql.reserve` are no substitute: locks and settings are to outlive a transaction, and are not to come back to a pool.
 * @throws StkError `SERVICE_UNAVAILABLE` when there is no connection, whatever `work` throws otherwise
 */
export async function withSession<T>(
  sql: Sql,
  work: (session: Session) => Promise<T>,
  options: SessionOptions = {},
): Promise<T> {
  let isLost = false;
  const loss = Promise.withResolvers<never>();
  // Nobody has to wait for it.
  loss.promise.catch(() => undefined);
  const lose = () => {
    isLost = true;
    loss.reject(lost());
  };
  const dialling = dialOnce(sql.options);
  const client = postgres({
    ...sql.options,
    max: 1,
    fetch_types: false,
    idle_timeout: null,
    max_lifetime: null,
    // It is watched from the beginning.
    connect_timeout: null,
    socket: dialling.dial,
    onclose: lose,
  } as unknown as postgres.Options<Record<string, never>>);
  const onLost = () => {
    lose();
    dialling.destroy();
  };
  const { received } = dialling;
  const { silenceMs = SILENCE_MS, lookMs = LOOK_MS } = options;
  const watch = new SilenceWatch({ sql, silenceMs, lookMs, received, onLost });
  const session: Session = {
    async run(statement, params = []) {
      // A client with one connection would open another in its place, without the locks and settings that were lost.
      if (isLost) throw lost();
      const asked = client.unsafe(statement, [...params], { prepare: false, simple: false } as object);
      return (await watch.over(statement, Promise.race([asked, loss.promise]))) as never;
    },
  };
  try {
    return await work(session);
  } finally {
    await client.end({ timeout: isLost ? 0 : 1 });
    dialling.destroy();
  }
}
