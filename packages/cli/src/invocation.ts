import type { Command } from 'commander';
import type { Environment } from './config.ts';
import type { ExitCode } from './exit-code.ts';
import type { Console } from './output/console.ts';

/** Flags that every command takes. */
export interface GlobalFlags {
  readonly dir?: string;
  readonly hubUrl?: string;
  readonly project?: string;
  readonly env?: string;
  readonly token?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** Everything outside its own options that a command may use. */
export interface Invocation {
  readonly cwd: string;
  readonly flags: GlobalFlags;
  readonly environment: Environment;
  readonly console: Console;
}

/** What a command has to say: the JSON document, and the same in words. `exitCode` is 0 unless given. */
export interface Answer {
  readonly document: unknown;
  readonly text: string;
  readonly exitCode?: ExitCode;
}

/** Does a command's work. `options` are its own flags, `args` its positional arguments. */
type Handler<Options, Args extends readonly (string | undefined)[]> = (
  invocation: Invocation,
  options: Options,
  ...args: Args
) => Promise<Answer | undefined>;

/** Makes the action that commander calls from a handler. */
export type Run = <Options, Args extends readonly (string | undefined)[]>(
  handler: Handler<Options, Args>,
) => (...params: unknown[]) => Promise<void>;

/** Adds a noun's verbs, flags and handlers to its command. */
export type Define = (command: Command, run: Run) => void;
