import { connect, type Socket } from 'node:net';
import type { Sql } from 'postgres';
import { databaseError } from '../database-error.ts';

type Target = Pick<Sql['options'], 'host' | 'port'> & { readonly path?: unknown };

/** The connections of one client. */
export interface Dialling {
  /** What the driver takes for its option `socket`. */
  readonly dial: () => Socket;
  /** How many bytes have come over them. */
  readonly received: () => number;
  /** Ends them without a good-bye, which might not be heard. */
  destroy(): void;
}

/**
 * Dials each host of a client once, and never again: the driver connects anew for statements that a lost connection left behind, and
 * forgets to close what comes of it, or tries for ever where somebody takes connections and ends them.
 */
export function dialOnce({ host, port, path }: Target): Dialling {
  const sockets: Socket[] = [];
  const open = (): Socket => {
    const next = { host: host[sockets.length], port: port[sockets.length] };
    if (next.host === undefined || next.port === undefined) throw lost();
    // The name is what a certificate is held to.
    if (typeof path !== 'string') return Object.assign(connect({ host: next.host, port: next.port }), next);
    return connect(path);
  };
  return {
    dial() {
      const socket = open();
      sockets.push(socket);
      return socket;
    },
    received: () => sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** What a statement fails with whose connection is gone. */
export function lost(): Error {
  return databaseError(new Error('the connection was lost'));
}
