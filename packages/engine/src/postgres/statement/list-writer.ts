import { type Json, StkError } from '@santokit/contract';
import type { ColumnFormats, ResultField } from '../../database.ts';
import type { AnswerWriter } from '../../statement/plan.ts';
import { ByteWriter } from './byte-writer.ts';
import { rowsShown } from './limit-clause.ts';
import { nextCursor, type PageEnd } from './page-end.ts';
import type { RowEncoder } from './row-encoder.ts';
import { formatsFor } from './wire-formats.ts';
import { WireRow } from './wire-row.ts';

const OPENING = Buffer.from('{"data":[');
const CLOSING = Buffer.from(']}');
const COMMA = 0x2c;
const LEAST_CAPACITY = 512;
/** How much of what the largest answer took is forgotten with each answer that takes less. */
const FORGOTTEN_SHARE = 1 / 64;

/** What the answers of one plan have in common. */
export class ListLayout {
  readonly encoder: RowEncoder;
  /** Serves every row of every answer: a row is written out before the next message is looked at. */
  readonly row: WireRow;
  /** Undefined where no page can follow. */
  readonly page: PageEnd | undefined;
  /** Bytes that the next answer is given to begin with: as many as recent ones took. */
  capacity = LEAST_CAPACITY;
  readonly #timestamps: ReadonlySet<number>;
  /** By the columns that a connection was told of when it prepared the statement. */
  readonly #formats = new WeakMap<readonly ResultField[], { readonly of: ColumnFormats | null }>();

  /** @param columns that each row has */
  constructor(encoder: RowEncoder, columns: number, page: PageEnd | undefined) {
    this.encoder = encoder;
    this.page = page;
    this.#timestamps = new Set(encoder.timestamps);
    this.row = new WireRow(columns, this.#timestamps);
  }

  formatsOf(columns: readonly ResultField[]): ColumnFormats | null {
    let formats = this.#formats.get(columns);
    if (formats === undefined) {
      formats = { of: formatsFor(columns, this.#timestamps) };
      this.#formats.set(columns, formats);
    }
    return formats.of;
  }
}

/** Writes the body of a list while its rows come: from the bytes of the server to those of the answer, without objects between. */
export class ListWriter implements AnswerWriter {
  readonly #layout: ListLayout;
  readonly #values: readonly Json[];
  readonly #mostBytes: number;
  readonly #mostRows: number;
  #out: ByteWriter;
  #rows = 0;
  /** Where the page ends, once it is full: the last row is gone when it shows that there are more. */
  #position: readonly (string | null)[] | undefined;
  #hasMore = false;
  #failure: unknown;

  /** @param values of the call @throws StkError `BAD_REQUEST` for a limit that is none */
  constructor(layout: ListLayout, values: readonly Json[], mostBytes: number) {
    this.#layout = layout;
    this.#values = values;
    this.#mostBytes = mostBytes;
    this.#mostRows = layout.page === undefined ? Number.POSITIVE_INFINITY : rowsShown(layout.page.limit, values);
    this.#out = this.#begin();
  }

  formatsOf(columns: readonly ResultField[]): ColumnFormats | null {
    return this.#layout.formatsOf(columns);
  }

  read(message: Buffer, formats: ColumnFormats | null): void {
    if (this.#failure !== undefined) return;
    try {
      this.#write(message, formats);
    } catch (thrown) {
      this.#failure = thrown;
    }
  }

  restart(): void {
    this.#failure = undefined;
    this.#rows = 0;
    this.#position = undefined;
    this.#hasMore = false;
    this.#out = this.#begin();
  }

  finish(): Uint8Array {
    if (this.#failure !== undefined) throw this.#failure;
    this.#close();
    if (this.#out.length > this.#mostBytes) throw this.#tooLarge();
    const { capacity } = this.#layout;
    this.#layout.capacity = Math.max(
      LEAST_CAPACITY,
      this.#out.length,
      capacity - Math.ceil(capacity * FORGOTTEN_SHARE),
    );
    return this.#out.finish();
  }

  #begin(): ByteWriter {
    const { capacity, encoder } = this.#layout;
    // The last row reserves room for the worst that it could be.
    const out = new ByteWriter(capacity + encoder.mostAdded + LEAST_CAPACITY);
    out.constant(OPENING);
    return out;
  }

  #write(message: Buffer, formats: ColumnFormats | null): void {
    const { row, encoder, page } = this.#layout;
    if (this.#rows === this.#mostRows) {
      this.#hasMore = true;
      return;
    }
    if (this.#out.length > this.#mostBytes) throw this.#tooLarge();
    this.#out.reserve(message.length + encoder.mostAdded + 1);
    if (this.#rows > 0) this.#out.byte(COMMA);
    row.read(message, formats);
    encoder.encode(row, this.#out);
    this.#rows++;
    if (page !== undefined && this.#rows === this.#mostRows) this.#position = positionOf(row, page.columns);
  }

  #close(): void {
    const { page } = this.#layout;
    if (page === undefined || this.#position === undefined || !this.#hasMore) {
      this.#out.reserve(CLOSING.length);
      this.#out.constant(CLOSING);
    } else {
      this.#out.reserve(0);
      this.#out.text(`],"meta":{${nextCursor(page, this.#position, this.#values)}}}`);
    }
  }

  #tooLarge(): StkError {
    return new StkError(
      'RESULT_TOO_LARGE',
      `The answer is larger than ${this.#mostBytes} bytes; ask for fewer rows or columns`,
    );
  }
}

function positionOf(row: WireRow, columns: readonly number[]): (string | null)[] {
  return columns.map((column) => (row.isNull(column) ? null : row.text(column)));
}
