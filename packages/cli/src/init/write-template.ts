import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliFailure } from '../cli-failure.ts';

const TEMPLATE = fileURLToPath(new URL('../../template', import.meta.url));

/** Files that a folder may well have for reasons of its own: they are kept as they are. */
const KEPT_WHEN_PRESENT: readonly string[] = ['.gitignore', 'README.md'];

export interface Scaffold {
  readonly written: readonly string[];
  readonly kept: readonly string[];
}

/** Writes the first files of a project into `folder`. Throws `CONFLICT`, with nothing written, when one would be overwritten. */
export function writeTemplate(folder: string): Scaffold {
  const files = templateFiles();
  const present = files.filter((file) => existsSync(join(folder, file.path)));
  const conflicting = present.filter((file) => !KEPT_WHEN_PRESENT.includes(file.path)).map((file) => file.path);
  if (conflicting.length > 0) {
    throw new CliFailure(
      'CONFLICT',
      `${folder} has a project already: ${conflicting.join(', ')}. Nothing was written`,
      {
        details: { files: conflicting },
      },
    );
  }
  const missing = files.filter((file) => !present.includes(file));
  for (const file of missing) {
    const path = join(folder, file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, readFileSync(file.source), { flag: 'wx' });
  }
  return { written: missing.map((file) => file.path), kept: present.map((file) => file.path) };
}

function templateFiles(): { path: string; source: string }[] {
  return readdirSync(TEMPLATE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const source = join(entry.parentPath, entry.name);
      const path = source.slice(TEMPLATE.length + 1).replaceAll('\\', '/');
      // npm leaves files named .gitignore out of packages.
      return { source, path: path === 'gitignore' ? '.gitignore' : path };
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
