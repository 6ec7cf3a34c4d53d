import { StkError } from '@santokit/contract';
import type { QueryResult, RawRow } from '../../database.ts';
import type { CollectedRows, RowLimits } from '../../logic-engine.ts';
import { rowsJson } from './rows-json.ts';

/** Where a `DataRow` message (manual, "Message Formats") says how many columns it has, and where the first one starts. */
const COLUMN_COUNT = 5;
const FIRST_COLUMN = 7;
const NULL_LENGTH = -1;
/** No JSON form of a value is shorter than half of its text. */
const MOST_TEXT_PER_JSON = 2;

/** As `LogicEngine.collectRows` promises. */
export class LimitedRows implements CollectedRows {
  readonly #limits: RowLimits;
  readonly #onOverflow: () => void;
  #rows: RawRow[] = [];
  #bytes = 0;
  #overflow: StkError | undefined;

  constructor(limits: RowLimits, onOverflow: () => void) {
    this.#limits = limits;
    this.#onOverflow = onOverflow;
  }

  get overflow(): StkError | undefined {
    return this.#overflow;
  }

  read(message: Buffer): void {
    if (this.#overflow !== undefined) return;
    const { rows, bytes } = this.#limits;
    const columns = message.readUInt16BE(COLUMN_COUNT);
    this.#bytes += message.length - FIRST_COLUMN - columns * 4;
    if (this.#rows.length >= rows) this.#stop(`The answer has more than ${rows} rows; ask for fewer`);
    else if (this.#bytes > bytes * MOST_TEXT_PER_JSON)
      this.#stop(`The answer is larger than ${bytes} bytes; ask for fewer rows or columns`);
    else this.#rows.push(textsOf(message, columns));
  }

  restart(): void {
    this.#rows = [];
    this.#bytes = 0;
  }

  json({ fields, affected }: QueryResult): string | undefined {
    if (this.#overflow !== undefined) throw this.#overflow;
    return rowsJson({ rows: this.#rows, fields, affected }, this.#limits);
  }

  #stop(message: string): void {
    this.#overflow = new StkError('RESULT_TOO_LARGE', message);
    // What is not answered need not be held.
    this.#rows = [];
    this.#onOverflow();
  }
}

function textsOf(message: Buffer, columns: number): RawRow {
  const texts: (string | null)[] = [];
  let at = FIRST_COLUMN;
  for (let column = 0; column < columns; column++) {
    const length = message.readInt32BE(at);
    at += 4;
    if (length === NULL_LENGTH) texts.push(null);
    else {
      texts.push(message.toString('utf8', at, at + length));
      at += length;
    }
  }
  return texts;
}
