import { connect, type Socket } from 'node:net';
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
  const loss = Promise.withResolvers<never>();
  // Nobody has to wait for it.
  loss.promise.catch(() => undefined);
  const client = postgres({
    ...sql.options,
    max: 1,
    fetch_types: false,
    idle_timeout: null,
    max_lifetime: null,
    socket: dialOnce(sql.options),
    onclose: () => {
      isLost = true;
      loss.reject(lost());
    },
  } as unknown as postgres.Options<Record<string, never>>);
  const session: Session = {
    async run(statement, params = []) {
      // A client with one connection would open another in its place, without the locks and settings that were lost.
      if (isLost) throw lost();
      const options = { prepare: false, simple: false } as object;
      // The driver forgets a statement that comes between the reset of a connection and its end, such as a ROLLBACK.
      return (await Promise.race([client.unsafe(statement, [...params], options), loss.promise])) as never;
    },
  };
  try {
    return await work(session);
  } finally {
    await client.end({ timeout: 1 });
  }
}

type Target = Pick<Sql['options'], 'host' | 'port'> & { readonly path?: unknown };

/**
 * Dials each host of a client once, and never again: the driver connects anew for statements that a lost connection left behind, and
 * forgets to close what comes of it, or tries for ever where somebody takes connections and ends them.
 */
function dialOnce({ host, port, path }: Target): () => Socket {
  let dialled = 0;
  return () => {
    const next = { host: host[dialled], port: port[dialled] };
    if (next.host === undefined || next.port === undefined) throw lost();
    dialled++;
    // The name is what a certificate is held to.
    if (typeof path !== 'string') return Object.assign(connect({ host: next.host, port: next.port }), next);
    return connect(path);
  };
}

function lost(): Error {
  return databaseError(new Error('the connection was lost'));
}
