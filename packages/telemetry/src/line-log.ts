import { type Logger, symbols } from 'pino';
import { timestamp } from './timestamp.ts';

/** Members of a line: known names, plain values. What is undefined is left out. */
export type LineFields = Readonly<Record<string, string | number | undefined>>;

/**
 * Writes lines as `logger` does, to where it writes, without looking for credentials to replace and without a serializer for each
 * member: for lines of which there is one for every request, whose members are all known where they are written. A fifth of the time.
 */
export class LineLog {
  readonly #logger: Logger;
  readonly #destination: { write(line: string): unknown };

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#destination = (logger as unknown as Record<symbol, { write(line: string): unknown }>)[symbols.streamSym] ?? {
      write: () => {},
    };
  }

  info(fields: LineFields, message: string): void {
    if (!this.#logger.isLevelEnabled('info')) return;
    const members = JSON.stringify(fields).slice(1, -1);
    this.#destination.write(
      `{"level":"info"${timestamp()},${members}${members === '' ? '' : ','}"msg":${JSON.stringify(message)}}\n`,
    );
  }
}
