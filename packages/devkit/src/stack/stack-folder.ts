import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StackError } from './stack-error.ts';

/**
 * Makes the data folder with what has to be in it from the start: a place for logs, and a .gitignore, because secrets lie here.
 * Answers its real path.
 */
export async function createStackFolder(dataDir: string): Promise<string> {
  try {
    await mkdir(join(dataDir, 'logs'), { recursive: true, mode: 0o700 });
    await writeFile(join(dataDir, '.gitignore'), '*\n');
    return await realpath(dataDir);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StackError(`The data folder ${dataDir} cannot be used: ${reason}`, { cause: error });
  }
}
