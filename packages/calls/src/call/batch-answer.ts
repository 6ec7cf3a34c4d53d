import { StkError } from '@santokit/contract';
import { textOf } from './answer.ts';

const OPENING = '{"results":[';
const CLOSING = ']}';

/** The answer of a batch as it grows: each call's own answer in its place, all of them together within the ceiling. */
export class BatchAnswer {
  readonly #mostBytes: number;
  readonly #results: string[] = [];
  #bytes = OPENING.length + CLOSING.length;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get isTooLarge(): boolean {
    return this.#bytes > this.#mostBytes;
  }

  /** @param result JSON text */
  set(index: number, result: string | Uint8Array): void {
    this.#bytes += Buffer.byteLength(result) + 1;
    // What is not sent need not be kept.
    if (!this.isTooLarge) this.#results[index] = textOf(result);
  }

  /** @throws StkError `RESULT_TOO_LARGE` */
  requireSize(): void {
    if (this.isTooLarge)
      throw new StkError(
        'RESULT_TOO_LARGE',
        `The answers of the batch are larger than ${this.#mostBytes} bytes; make fewer calls, or ask for fewer rows or columns`,
      );
  }

  /** The finished JSON text. */
  text(): string {
    return `${OPENING}${this.#results.join(',')}${CLOSING}`;
  }
}
