import { realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { usageFailure } from '../cli-failure.ts';
import type { Invocation } from '../invocation.ts';

/** The project folder: `--dir`, else the nearest folder upwards that has `schema/` or `.stk/`, else undefined. */
export function findProjectFolder({ cwd, flags }: Pick<Invocation, 'cwd' | 'flags'>): string | undefined {
  if (flags.dir !== undefined) return namedFolder(resolve(cwd, flags.dir), flags.dir);
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (isFolder(join(folder, 'schema')) || isFolder(join(folder, '.stk'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** As `findProjectFolder`; throws a usage failure that says how to give the folder. */
export function requireProjectFolder(invocation: Pick<Invocation, 'cwd' | 'flags'>): string {
  const folder = findProjectFolder(invocation);
  if (folder !== undefined) return folder;
  throw usageFailure(
    'No project here: no folder upwards has schema/ or .stk/. Give the folder with --dir, or start one with: stk init',
  );
}

/** The folder to begin a project or its context in: the project folder, else the current one. */
export function projectOrCurrentFolder(invocation: Pick<Invocation, 'cwd' | 'flags'>): string {
  return findProjectFolder(invocation) ?? invocation.cwd;
}

function namedFolder(path: string, given: string): string {
  if (isFolder(path)) return realpathSync(path);
  throw usageFailure(`--dir ${given}: there is no such folder`);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
