import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CliFailure } from '../cli-failure.ts';

/**
 * Writes a JSON document that only the user may read (mode 600), whole or not at all.
 * Its folder is made with mode 700 where it is missing.
 */
export function writePrivateJson(path: string, document: unknown): void {
  const draft = `${path}.${process.pid}.tmp`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(draft, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 });
    chmodSync(draft, 0o600);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** The JSON document in `path`, or undefined when there is no such file. Throws a failure that names a broken file. */
export function readJsonFile(path: string): unknown {
  const text = readTextIfPresent(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CliFailure('BAD_REQUEST', `${path} is not JSON: mend it or remove it`, { cause: error });
  }
}

function readTextIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliFailure('BAD_REQUEST', `Cannot read ${path}: ${reason}`, { cause: error });
  }
}

/** Says whether a file system error means that there is nothing at the path. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
