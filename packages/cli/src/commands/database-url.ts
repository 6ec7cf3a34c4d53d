import { usageFailure } from '../cli-failure.ts';

/** What `--db-url` says; throws a usage failure that holds no part of it, for it may hold a password. */
export function parseDatabaseUrl(url: string): string {
  const protocol = URL.canParse(url) ? new URL(url).protocol : undefined;
  if (protocol === 'postgres:' || protocol === 'postgresql:') return url;
  throw usageFailure('--db-url must be the URL of a PostgreSQL database: postgres://user:password@host:5432/database');
}
