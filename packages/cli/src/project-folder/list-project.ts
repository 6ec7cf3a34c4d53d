import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { isMissing } from '../context/private-file.ts';
import { isKnownName, KNOWN_FILES, overlookedNote } from './known-files.ts';

/** A project file that exists, not read yet. */
export interface ListedFile {
  /** Relative to the project folder, with forward slashes. */
  readonly path: string;
  readonly absolutePath: string;
  readonly stats: Stats;
}

export interface Listing {
  /** In the order of their paths. */
  readonly files: readonly ListedFile[];
  /** Links that lead out of the project folder or nowhere, and what is neither file nor folder: none of them is read. */
  readonly refused: readonly { readonly path: string; readonly reason: string }[];
  /** Files that look as if they were meant to be read. */
  readonly overlooked: readonly string[];
}

const MISPLACED_EVENTS =
  'this file has no place: events/ holds topics/*.yaml, subscriptions/*.yaml and triggers/*.yaml';

/** Finds the project files of a folder. Symbolic links are followed only to targets inside it. */
export function listProject(folder: string): Listing {
  const root = realpathSync(folder);
  const files: ListedFile[] = [];
  const refused: { path: string; reason: string }[] = [];
  const overlooked: string[] = [];

  for (const kind of KNOWN_FILES) visit(kind.folder, new Set());
  for (const path of misplacedIn('events')) refused.push({ path, reason: MISPLACED_EVENTS });
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, refused, overlooked };

  /** `above` are the real paths of the folders that led here: a link back to one of them is a loop. */
  function visit(path: string, above: ReadonlySet<string>): void {
    const kind = KNOWN_FILES.find(({ folder: known }) => path === known || path.startsWith(`${known}/`));
    const real = inside(path);
    if (kind === undefined || real === undefined || above.has(real)) return;
    for (const entry of entriesOf(real)) {
      const entryPath = `${path}/${entry.name}`;
      if (isFolder(real, entry)) {
        if (kind.deep && !entry.name.startsWith('.') && entry.name !== 'node_modules')
          visit(entryPath, new Set([...above, real]));
      } else if (isKnownName(kind, entry.name)) {
        addFile(entryPath);
      } else {
        const note = overlookedNote(kind, entryPath);
        if (note !== undefined) overlooked.push(note);
      }
    }
  }

  /** YAML in a folder that holds folders alone, or in one of its folders that nobody reads. */
  function misplacedIn(path: string): readonly string[] {
    const real = realPathIfPresent(join(root, path));
    if (real === undefined || !real.startsWith(root === sep ? sep : root + sep)) return [];
    return entriesOf(real).flatMap((entry) => {
      const entryPath = `${path}/${entry.name}`;
      if (entry.name.startsWith('.') || KNOWN_FILES.some(({ folder: known }) => known === entryPath)) return [];
      if (entry.isDirectory()) return misplacedIn(entryPath);
      return /\.ya?ml$/.test(entry.name) ? [entryPath] : [];
    });
  }

  function addFile(path: string): void {
    const real = inside(path);
    if (real === undefined) return;
    const stats = statSync(real);
    if (stats.isFile()) files.push({ path, absolutePath: real, stats });
    else refused.push({ path, reason: 'not a regular file' });
  }

  /** The real path of a project path, or undefined when it is missing or was refused. */
  function inside(path: string): string | undefined {
    const real = realPathIfPresent(join(root, path));
    if (real === undefined) {
      if (!KNOWN_FILES.some(({ folder: known }) => known === path))
        refused.push({ path, reason: 'a link that leads nowhere' });
      return undefined;
    }
    if (real.startsWith(root === sep ? sep : root + sep)) return real;
    refused.push({ path, reason: 'a link that leads out of the project folder' });
    return undefined;
  }
}

function entriesOf(folder: string): Dirent[] {
  return statSync(folder).isDirectory() ? readdirSync(folder, { withFileTypes: true }) : [];
}

function isFolder(parent: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(join(parent, entry.name), { throwIfNoEntry: false })?.isDirectory() === true;
}

function realPathIfPresent(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
