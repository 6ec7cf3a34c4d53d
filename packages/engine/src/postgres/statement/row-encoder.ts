import type { ByteWriter } from './byte-writer.ts';
import { compileManyWriter, type Field } from './row-layout.ts';
import { encodeTimestamp, MOST_ADDED } from './value-encoder.ts';
import { quote } from './value-format.ts';
import type { WireRow } from './wire-row.ts';

/** Writes one row as a JSON object; room for `roomFor` its message must be there. */
export interface RowEncoder {
  encode(row: WireRow, out: ByteWriter): void;
  /** The bytes that a row adds to those of its message at most, beside what the writer reserves itself. */
  readonly mostAdded: number;
  /** The columns that it reads as instants where they come in binary format. */
  readonly timestamps: readonly number[];
}

/** Prepares the writing of rows from their bytes. It gives what `compileRowWriter` gives from texts. */
export function compileRowEncoder(fields: readonly Field[]): RowEncoder {
  const encoders = fields.map((field, index) => compileField(field, `${index === 0 ? '{' : ','}${quote(field.name)}:`));
  const isEmpty = encoders.length === 0;
  return {
    mostAdded: encoders.reduce((sum, { mostAdded }) => sum + mostAdded, EMPTY.length),
    timestamps: encoders.flatMap(({ timestamps }) => timestamps),
    encode(row, out) {
      if (isEmpty) {
        out.constant(EMPTY);
        return;
      }
      for (let index = 0; index < encoders.length; index++) encoders[index]?.encode(row, out);
      out.byte(CLOSE);
    },
  };
}

const CLOSE = 0x7d;
const EMPTY = Buffer.from('{}');

function compileField(field: Field, before: string): RowEncoder {
  const prefix = Buffer.from(before);
  const absent = Buffer.from(`${before}null`);
  const mostAdded = absent.length + MOST_ADDED;
  switch (field.kind) {
    case 'value': {
      const { index, encode } = field;
      return {
        mostAdded,
        timestamps: encode === encodeTimestamp ? [index] : [],
        encode(row, out) {
          if (row.isNull(index)) {
            out.constant(absent);
            return;
          }
          out.constant(prefix);
          encode(row, index, out);
        },
      };
    }
    case 'one': {
      const inner = compileRowEncoder(field.fields);
      const { presence } = field;
      return {
        mostAdded: mostAdded + inner.mostAdded,
        timestamps: inner.timestamps,
        encode(row, out) {
          if (row.isNull(presence)) {
            out.constant(absent);
            return;
          }
          out.constant(prefix);
          inner.encode(row, out);
        },
      };
    }
    case 'many': {
      const write = compileManyWriter(field);
      const { index } = field;
      return {
        mostAdded,
        timestamps: [],
        encode(row, out) {
          out.constant(prefix);
          out.text(write(row.isNull(index) ? null : row.text(index)));
        },
      };
    }
  }
}
