import { PassThrough, Readable } from 'node:stream';
import { readEnvironment } from '../src/config.ts';
import type { ExitCode } from '../src/exit-code.ts';
import type { Streams } from '../src/output/console.ts';
import { runCli } from '../src/run-cli.ts';

export interface CliRun {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRunOptions {
  readonly cwd: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Runs one command line in this process, with streams that are not a terminal. Credentials lie below `cwd`. */
export async function stk(
  args: readonly string[],
  { cwd, variables = {}, stdin = '' }: CliRunOptions,
): Promise<CliRun> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const streams = { stdin: Readable.from([stdin]), stdout, stderr } as unknown as Streams;
  const environment = readEnvironment({ XDG_CONFIG_HOME: `${cwd}/config-home`, ...variables });
  const exitCode = await runCli({ args, cwd, environment, streams });
  return { exitCode, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}
