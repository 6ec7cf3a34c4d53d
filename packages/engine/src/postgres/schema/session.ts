import postgres, { type Sql } from 'postgres';
import { databaseError } from '../database-error.ts';

/** One connection of its own, for what depends on a session: transactions, advisory locks, settings. */
export interface Session {
  /**
   * Runs exactly one statement and answers its rows by column name. Goes by the extended protocol: by the simple one, a text could
   * hold several statements.
   */
  run<Row = Record<string, unknown>>(statement: string, params?: readonly string[]): Promise<readonly Row[]>;
}

/**
 * Opens a connection like those of `sql`, lends it to `work` and closes it, which ends every lock and transaction on it.
 *
 * `sql.begin` and `sql.reserve` are no substitute: after a connection was cut, version 3.4.9 of the driver writes the next statement
 * (the `rollback` that `begin` sends, for one) to a socket that is gone, and the process dies of an uncaught TypeError.
 * @throws StkError `SERVICE_UNAVAILABLE` when there is no connection, whatever `work` throws otherwise
 */
export async function withSession<T>(sql: Sql, work: (session: Session) => Promise<T>): Promise<T> {
  let isLost = false;
  const client = postgres({
    ...sql.options,
    max: 1,
    fetch_types: false,
    idle_timeout: null,
    max_lifetime: null,
    onclose: () => {
      isLost = true;
    },
  } as unknown as postgres.Options<Record<string, never>>);
  const session: Session = {
    async run(statement, params = []) {
      // A client with one connection would open another in its place, without the locks and settings that were lost.
      if (isLost) throw databaseError(new Error('the connection was lost'));
      const options = { prepare: false, simple: false } as object;
      return (await client.unsafe(statement, [...params], options)) as never;
    },
  };
  try {
    return await work(session);
  } finally {
    await client.end({ timeout: 1 });
  }
}
