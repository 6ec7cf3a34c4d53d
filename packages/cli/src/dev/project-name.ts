import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readContextFile } from '../context/context-file.ts';

/** What `stk dev` calls the project of a folder: as its context says, else after its package.json, else after the folder. */
export function projectName(folder: string): string {
  return readContextFile(folder).project ?? slug(packageName(folder)) ?? slug(basename(folder)) ?? 'project';
}

/** `@acme/Web Shop` becomes `web-shop`; undefined when nothing is left. */
function slug(text: string | undefined): string | undefined {
  const cleaned = text
    ?.toLowerCase()
    .replace(/^@[^/]*\//, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return cleaned === '' ? undefined : cleaned;
}

function packageName(folder: string): string | undefined {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return undefined;
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof manifest !== 'object' || manifest === null || !('name' in manifest)) return undefined;
    return typeof manifest.name === 'string' ? manifest.name : undefined;
  } catch {
    return undefined; // a broken package.json is somebody else's concern; the folder has a name too
  }
}
