import { usageFailure } from '../cli-failure.ts';
import type { Console } from '../output/console.ts';
import { ask } from '../output/prompt.ts';
import { readStandardInput } from './standard-input.ts';

interface Question {
  /** The flag that gives it, such as `--email`. */
  readonly flag: string;
  readonly message: string;
  readonly secret?: boolean;
}

/** A value from its flag, else asked for on a terminal. Throws a usage failure where there is none. */
export async function givenOrAsked(console: Console, value: string | undefined, question: Question): Promise<string> {
  if (value !== undefined) return value;
  if (console.interactive) return ask(console, question);
  throw usageFailure(`Give ${question.flag}: there is no terminal to ask on`);
}

/** A password likewise; `-` as the flag's value reads it from standard input. */
export async function passwordGivenOrAsked(console: Console, value: string | undefined): Promise<string> {
  if (value === '-') return readStandardInput(console, '--password -');
  return givenOrAsked(console, value, { flag: '--password', message: 'Password', secret: true });
}
