import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProjectFile } from '@santokit/contract';
import { CliFailure } from '../cli-failure.ts';

/** Where a pulled file may go, whatever a Hub says. */
const PULLED_PATH = /^schema\/(?!\.)[^/\\\p{Cc}]{1,200}\.yaml$/u;

/** Throws when a path is none that a pull may write. */
export function requirePullable(files: readonly ProjectFile[]): void {
  const other = files.find(({ path }) => !PULLED_PATH.test(path));
  if (other === undefined) return;
  throw new CliFailure('INTERNAL_ERROR', `The Hub sent a file that is no schema file: ${JSON.stringify(other.path)}`);
}

/** Paths of those files that exist with another content. */
export function differingFiles(folder: string, files: readonly ProjectFile[]): string[] {
  return files.filter((file) => differs(join(folder, file.path), file.content)).map((file) => file.path);
}

/** Writes pulled files below the project folder. */
export function writePulled(folder: string, files: readonly ProjectFile[]): void {
  for (const file of files) {
    const path = join(folder, file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.content);
  }
}

function differs(path: string, content: string): boolean {
  return existsSync(path) && readFileSync(path, 'utf8') !== content;
}
