import { listProject } from '../project-folder/list-project.ts';

const INTERVAL_MS = 400;

/**
 * Calls `changed` when project files were added, changed or removed and then left alone for a moment; one call at a time.
 * It is called again a moment later when it answers `again`.
 * It looks at names, sizes and times again and again, which works on every file system and with every editor's way to save;
 * a project has few files, so that a look costs little.
 */
export function watchProject(
  folder: string,
  changed: () => Promise<'done' | 'again'>,
  intervalMs = INTERVAL_MS,
): { stop(): void } {
  let handled = fingerprint(folder);
  let seen = handled;
  let timer: NodeJS.Timeout;
  let stopped = false;
  const look = async () => {
    const now = fingerprint(folder);
    const settled = now === seen;
    seen = now;
    if (settled && now !== handled) {
      const outcome = await changed();
      if (outcome === 'done') handled = now;
    }
    if (!stopped) timer = setTimeout(look, intervalMs);
  };
  timer = setTimeout(look, intervalMs);
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Differs when the project files differ; equal to the last one where the folder changed while it was being read. */
function fingerprint(folder: string): string {
  try {
    const { files, refused } = listProject(folder);
    const parts = files.map(({ path, stats }) => `${path}\0${stats.size}\0${stats.mtimeMs}\0${stats.ino}`);
    return [...parts, ...refused.map(({ path, reason }) => `${path}\0${reason}`)].join('\n');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
