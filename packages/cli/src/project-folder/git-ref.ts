import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The short hash of git's HEAD where `folder` is in a repository with a commit, else `local`. */
export async function gitRef(folder: string): Promise<string> {
  try {
    const { stdout } = await run('git', ['rev-parse', '--short', 'HEAD'], { cwd: folder, timeout: 5_000 });
    return stdout.trim() || 'local';
  } catch {
    return 'local'; // no git, no repository, or no commit yet
  }
}
