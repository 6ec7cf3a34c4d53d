import { type LogicLogLine, logicLogLineSchema, StkError } from '@santokit/contract';
import { FUNCTION_LIMITS, type FunctionLogLine } from '@santokit/runtime';
import { createLogger } from '@santokit/telemetry';

/**
 * What the functions of one trial log, for whoever tries them: of every level, and redacted as a Bridge does. As much is kept of all of them
 * together as of one call on a Bridge.
 */
export class TrialLog {
  readonly lines: LogicLogLine[] = [];
  #chars = 0;
  #isFull = false;
  #written = '';
  readonly #logger = createLogger({
    level: 'debug',
    format: 'json',
    destination: {
      write: (text) => {
        this.#written = text;
      },
    },
  });

  /** @param name `logics/users/purchase` */
  take(name: string, line: FunctionLogLine): void {
    if (this.#isFull) return;
    this.#chars += JSON.stringify(line).length;
    this.#isFull = this.lines.length >= FUNCTION_LIMITS.logLines || this.#chars > FUNCTION_LIMITS.logChars;
    if (this.#isFull) this.#keep(name, { level: 'warn', message: 'The trial logs more than is kept of one' });
    else this.#keep(name, line);
  }

  /** The same error with the lines in its details: they say most of how it came to it. */
  toldWith(error: StkError): StkError {
    if (this.lines.length === 0) return error;
    const { code, message, details, cause } = error;
    return new StkError(code, message, { ...details, logs: this.lines }, { cause });
  }

  #keep(name: string, { level, message, fields }: Omit<FunctionLogLine, 'kind'>): void {
    this.#logger[level]({ function: name, fields }, message);
    this.lines.push(logicLogLineSchema.parse(JSON.parse(this.#written)));
  }
}
