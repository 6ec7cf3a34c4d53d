import { posix } from 'node:path';
import type { ProjectFile } from '@santokit/contract';

/** Folders in which functions and what they import lie. */
const FOLDER = 'logics/';

/** The files that functions may import, by path. */
export function projectModules(files: readonly ProjectFile[]): ReadonlyMap<string, ProjectFile> {
  return new Map(
    files.filter(({ path }) => path.startsWith(FOLDER) && path.endsWith('.ts')).map((file) => [file.path, file]),
  );
}

/** The path of the file that a relative import leads to, written with its ending or without. */
export function importedPath(
  modules: ReadonlyMap<string, ProjectFile>,
  importer: string,
  specifier: string,
): string | undefined {
  if (!/^\.\.?\//.test(specifier)) return undefined;
  const path = posix.join(posix.dirname(importer), specifier);
  return [path, path.replace(/\.js$/, '.ts'), `${path}.ts`, `${path}/index.ts`].find((candidate) =>
    modules.has(candidate),
  );
}
