import { type ErrorCode, type ErrorDetails, StkError } from '@santokit/contract';
import { CommanderError } from 'commander';
import { EXIT, type ExitCode, exitCodeOf } from './exit-code.ts';

/** A failure that the user is told about in one line, with the exit code that says its kind. */
export class CliFailure extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails | undefined;
  readonly exitCode: ExitCode;

  constructor(
    code: ErrorCode,
    message: string,
    more: { details?: ErrorDetails; exitCode?: ExitCode; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'CliFailure';
    this.code = code;
    this.details = more.details;
    this.exitCode = more.exitCode ?? exitCodeOf(code);
  }
}

/** The command line says something that `stk` cannot act on: exit code 2. */
export function usageFailure(message: string): CliFailure {
  return new CliFailure('BAD_REQUEST', message, { exitCode: EXIT.usage });
}

/** Whatever was thrown, as the failure that is shown: commander's errors are usage errors, the unknown is `INTERNAL_ERROR`. */
export function toCliFailure(thrown: unknown): CliFailure {
  if (thrown instanceof CliFailure) return thrown;
  if (thrown instanceof StkError)
    return new CliFailure(thrown.code, thrown.message, thrown.details === undefined ? {} : { details: thrown.details });
  if (thrown instanceof CommanderError) return usageFailure(commanderMessage(thrown));
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new CliFailure('INTERNAL_ERROR', message === '' ? 'Internal error' : message, { cause: thrown });
}

function commanderMessage(error: CommanderError): string {
  if (error.code === 'commander.help') return 'Say what to do: `stk --help` lists the commands';
  return error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
}
