import type { ColumnFormats } from '../../database.ts';
import { timestampText } from './wire-timestamp.ts';

/** Where a message's first column starts: type, length (4 bytes), number of columns (2 bytes). */
const FIRST_COLUMN = 7;
const NULL_LENGTH = -1;

/**
 * The columns of one row as they came over the wire: a `DataRow` message (PostgreSQL manual, "Message Formats"). One object serves
 * all rows, because a row is written out before the next one is looked at.
 */
export class WireRow {
  source: Buffer = Buffer.alloc(0);
  readonly #timestamps: ReadonlySet<number>;
  #formats: ColumnFormats | null = null;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  /** @param timestamps the columns that are instants where their format is binary; of all others that is their text */
  constructor(columns: number, timestamps: ReadonlySet<number>) {
    this.#timestamps = timestamps;
    this.#starts = new Int32Array(columns);
    this.#ends = new Int32Array(columns);
  }

  /** @param formats as `formatsFor` gives them; null: all are text */
  read(message: Buffer, formats: ColumnFormats | null): void {
    this.source = message;
    this.#formats = formats;
    let at = FIRST_COLUMN;
    for (let column = 0; column < this.#starts.length; column++) {
      const length = message.readInt32BE(at);
      at += 4;
      this.#starts[column] = at;
      if (length === NULL_LENGTH) this.#ends[column] = NULL_LENGTH;
      else {
        at += length;
        this.#ends[column] = at;
      }
    }
  }

  isNull(column: number): boolean {
    return this.#ends[column] === NULL_LENGTH;
  }

  isBinary(column: number): boolean {
    return this.#formats !== null && this.#formats[column] === 1;
  }

  start(column: number): number {
    return this.#starts[column] ?? 0;
  }

  end(column: number): number {
    return this.#ends[column] ?? 0;
  }

  /** A column's text, as the server prints it. */
  text(column: number): string {
    if (this.isBinary(column) && this.#timestamps.has(column)) return timestampText(this.source, this.start(column));
    return this.source.toString('utf8', this.#starts[column], this.#ends[column]);
  }
}
