/** Where a message's first column starts: type, length (4 bytes), number of columns (2 bytes). */
const FIRST_COLUMN = 7;
const NULL_LENGTH = -1;

/**
 * The columns of one row as they came over the wire: a `DataRow` message (PostgreSQL manual, "Message Formats"). One object serves
 * all rows, because a row is written out before the next one is looked at.
 */
export class WireRow {
  source: Buffer = Buffer.alloc(0);
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  constructor(columns: number) {
    this.#starts = new Int32Array(columns);
    this.#ends = new Int32Array(columns);
  }

  read(message: Buffer): void {
    this.source = message;
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

  start(column: number): number {
    return this.#starts[column] ?? 0;
  }

  end(column: number): number {
    return this.#ends[column] ?? 0;
  }

  text(column: number): string {
    return this.source.toString('utf8', this.#starts[column], this.#ends[column]);
  }
}
