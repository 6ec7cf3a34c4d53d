import type { ValueEncoder } from './value-encoder.ts';
import { quote, type ValueFormat } from './value-format.ts';

/** Where the parts of an answer's object lie in a row. */
export type Field =
  | {
      readonly kind: 'value';
      readonly name: string;
      readonly index: number;
      readonly format: ValueFormat;
      readonly encode: ValueEncoder;
    }
  /** A related row whose columns lie flat in the same row; it is null where the column at `presence` is. */
  | { readonly kind: 'one'; readonly name: string; readonly presence: number; readonly fields: readonly Field[] }
  /** Related rows, each `[[columns…], lists…]`: JSON text at the top, already parsed below. */
  | { readonly kind: 'many'; readonly name: string; readonly index: number; readonly fields: readonly Field[] };

/** One row's columns: texts, then the lists of relations to many. */
export type LaidRow = readonly (string | null | readonly NestedRow[])[];
type NestedRow = readonly [readonly (string | null)[], ...(readonly NestedRow[] | null)[]];

/** Writes one row as a JSON object. */
type RowWriter = (row: LaidRow) => string;

/** Prepares the writing of rows: names are quoted once, not for each row. */
export function compileRowWriter(fields: readonly Field[]): RowWriter {
  const writers = fields.map((field, index) => compileField(field, `${index === 0 ? '' : ','}${quote(field.name)}:`));
  return (row) => {
    let json = '{';
    for (const write of writers) json += write(row);
    return `${json}}`;
  };
}

/** Writes rows as a JSON list. */
export function writeRows(rows: readonly LaidRow[], write: RowWriter): string {
  let json = '[';
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index];
    if (row !== undefined) json += index === 0 ? write(row) : `,${write(row)}`;
  }
  return `${json}]`;
}

function compileField(field: Field, prefix: string): RowWriter {
  const absent = `${prefix}null`;
  switch (field.kind) {
    case 'value': {
      const { index, format } = field;
      return (row) => {
        const text = row[index];
        return typeof text === 'string' ? prefix + format(text) : absent;
      };
    }
    case 'one': {
      const write = compileRowWriter(field.fields);
      const { presence } = field;
      return (row) => (row[presence] === null ? absent : prefix + write(row));
    }
    case 'many': {
      const write = compileManyWriter(field);
      const { index } = field;
      return (row) => prefix + write(row[index]);
    }
  }
}

/** Prepares the writing of a list of related rows. */
export function compileManyWriter({
  fields,
}: Field & { readonly kind: 'many' }): (list: LaidRow[number] | undefined) => string {
  const write = compileRowWriter(fields);
  return (list) => writeRows(nestedRows(list), write);
}

function nestedRows(list: LaidRow[number] | undefined): LaidRow[] {
  const rows: readonly NestedRow[] = typeof list === 'string' ? JSON.parse(list) : (list ?? []);
  return rows.map(([texts, ...lists]) => [...texts, ...lists]);
}
