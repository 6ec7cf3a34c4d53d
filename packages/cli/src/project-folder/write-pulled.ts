import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProjectFile } from '@santokit/contract';
import { CliFailure } from '../cli-failure.ts';

/** Where a pulled file may go, whatever a Hub says. */
const PULLED_PATH = /^schema\/(?!\.)[^/\\\p{Cc}]{1,200}\.yaml$/u;

/** Paths of those files that exist with another content. Throws when a path is none that a pull may write. */
export function differingFiles(folder: string, files: readonly ProjectFile[]): string[] {
  return files.filter((file) => differs(placeOf(folder, file), file.content)).map((file) => file.path);
}

/** Writes pulled files below the project folder. */
export function writePulled(folder: string, files: readonly ProjectFile[]): void {
  for (const file of files) {
    const path = placeOf(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.content);
  }
}

function placeOf(folder: string, file: ProjectFile): string {
  if (PULLED_PATH.test(file.path)) return join(folder, file.path);
  throw new CliFailure('INTERNAL_ERROR', `The Hub sent a file that is no schema file: ${JSON.stringify(file.path)}`);
}

function differs(path: string, content: string): boolean {
  return existsSync(path) && readFileSync(path, 'utf8') !== content;
}
