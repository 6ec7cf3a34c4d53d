import { type Command, CommanderError } from 'commander';
import { toCliFailure } from './cli-failure.ts';
import type { Environment } from './config.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Answer, GlobalFlags, Run } from './invocation.ts';
import { createConsole, type Streams } from './output/console.ts';
import { deliver, deliverFailure } from './output/deliver.ts';
import { buildProgram } from './program.ts';

export interface CliOptions {
  /** The command line without the program's name. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Environment;
  readonly streams: Streams;
}

/** Runs one command line to its end and returns what the process exits with. Never throws. */
export async function runCli({ args, cwd, environment, streams }: CliOptions): Promise<ExitCode> {
  // A command line that cannot be parsed must be answered in JSON too, hence before parsing.
  const console = createConsole(streams, flagsBeforeTerminator(args).includes('--json'));
  let exitCode: ExitCode = EXIT.done;
  const run: Run =
    (handler) =>
    async (...params) => {
      const command = params.at(-1) as Command;
      const options = params.at(-2);
      const flags = command.optsWithGlobals<GlobalFlags>();
      const call = handler as (...all: unknown[]) => Promise<Answer | undefined>;
      const answer = await call({ cwd, flags, environment, console }, options, ...params.slice(0, -2));
      if (answer === undefined) return;
      deliver(console, answer);
      exitCode = answer.exitCode ?? EXIT.done;
    };
  try {
    const program = await buildProgram(withVersionAsCommand(args), run, console);
    await program.parseAsync([...withVersionAsCommand(args)], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.done; // help was asked for and shown
    const failure = toCliFailure(thrown);
    // Without a verb, commander has shown on standard error what there is to choose from.
    const shown = thrown instanceof CommanderError && thrown.code === 'commander.help' && !console.json;
    if (!shown) deliverFailure(console, failure);
    return failure.exitCode;
  }
}

function flagsBeforeTerminator(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end === -1 ? args : args.slice(0, end);
}

/** `stk --version` is `stk version`, so that it answers in JSON like every command. */
function withVersionAsCommand(args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  return first === '--version' || first === '-V' ? ['version', ...rest] : args;
}
