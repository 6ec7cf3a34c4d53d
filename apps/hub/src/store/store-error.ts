import { StkError } from '@santokit/contract';
import { DrizzleQueryError } from 'drizzle-orm';
import postgres from 'postgres';

/**
 * What an error of the Hub's database is shown as: `SERVICE_UNAVAILABLE` when it cannot be reached, `INTERNAL_ERROR` else.
 * The error that drizzle throws holds statement and parameters, and the driver's own a row's values in `detail`: neither is
 * carried on, only what is safe in a log.
 * @returns undefined for errors that do not come from the store
 */
export function storeError(thrown: unknown): StkError | undefined {
  const error = thrown instanceof DrizzleQueryError ? thrown.cause : thrown;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (isUnreachable(error.code))
    return new StkError('SERVICE_UNAVAILABLE', "The Hub's database cannot be reached", undefined, {
      cause: new Error(`Hub database: ${error.code}`),
    });
  if (!(error instanceof postgres.PostgresError)) return undefined;
  const constraint = error.constraint_name === undefined ? '' : ` (${error.constraint_name})`;
  const cause = new Error(`Hub database: ${error.code} ${error.message}${constraint}`);
  if (error.stack !== undefined) cause.stack = error.stack;
  return new StkError('INTERNAL_ERROR', 'Internal error', undefined, { cause });
}

/** Whether `thrown` says that a unique index has the value already. */
export function isUniqueViolation(thrown: unknown): boolean {
  const error = thrown instanceof DrizzleQueryError ? thrown.cause : thrown;
  return error instanceof postgres.PostgresError && error.code === '23505';
}

/** Sockets and name service, the driver's own codes, and the server's: class 08, too many connections, shutting down, starting up. */
function isUnreachable(code: string): boolean {
  return (
    /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT)$/.test(code) ||
    /^(CONNECTION_|CONNECT_TIMEOUT)/.test(code) ||
    /^(08...|53300|57P0[123])$/.test(code)
  );
}
