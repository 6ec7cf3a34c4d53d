import { CliFailure } from '../cli-failure.ts';
import { EXIT } from '../exit-code.ts';
import type { Console } from './console.ts';

/** Asks for a line of text, or a secret that is not echoed. Throws when the user gives up. Only for interactive consoles. */
export async function ask(console: Console, question: { message: string; secret?: boolean }): Promise<string> {
  const { isCancel, password, text } = await import('@clack/prompts');
  const options = { message: question.message, input: console.stdin, output: console.stderr };
  const answer = await (question.secret === true ? password(options) : text(options));
  if (isCancel(answer)) throw cancelled();
  return answer ?? '';
}

/** Asks yes or no, with "no" as what Return means. Only for interactive consoles. */
export async function confirm(console: Console, message: string): Promise<boolean> {
  const prompts = await import('@clack/prompts');
  const answer = await prompts.confirm({ message, initialValue: false, input: console.stdin, output: console.stderr });
  if (prompts.isCancel(answer)) throw cancelled();
  return answer;
}

function cancelled(): CliFailure {
  return new CliFailure('CONFLICT', 'Cancelled', { exitCode: EXIT.unconfirmed });
}
