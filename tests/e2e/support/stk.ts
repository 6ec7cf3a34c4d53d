import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const repositoryRoot: string = fileURLToPath(new URL('../../..', import.meta.url));
export const stkLauncher: string = fileURLToPath(new URL('../../../packages/cli/bin/stk.mjs', import.meta.url));

export interface StkResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StkOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Runs `stk` as a user would, to its end. */
export function stk(args: readonly string[], options: StkOptions): Promise<StkResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [stkLauncher, ...args], {
      cwd: options.cwd,
      env: { ...process.env, NO_COLOR: '1', ...options.env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(options.stdin ?? '');
  });
}

/** Runs `stk … --json` and parses its one document; a run that fails is an error that shows what it printed. */
export async function stkJson<T>(args: readonly string[], options: StkOptions): Promise<T> {
  const result = await stk([...args, '--json'], options);
  if (result.code !== 0) {
    throw new Error(`stk ${args.join(' ')} ended with ${result.code}\n${result.stdout}\n${result.stderr}`);
  }
  return JSON.parse(result.stdout) as T;
}
