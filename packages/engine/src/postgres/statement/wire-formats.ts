import type { ColumnFormats, ResultField } from '../../database.ts';

const TIMESTAMPTZ = 1184;
/**
 * Types whose binary format is their text (`textsend`, `bpcharsend`, `varcharsend`, `namesend`, `json_send`): json, text, name,
 * bpchar, varchar. In binary the server spares itself a copy and a search for the end of each value.
 */
const TEXTS: ReadonlySet<number> = new Set([114, 25, 19, 1042, 1043]);

/**
 * In which formats to ask for the columns of a statement, by the types that they really have.
 * @param timestamps which of them are read as instants where they come in binary
 * @returns null where all are best sent as text
 */
export function formatsFor(columns: readonly ResultField[], timestamps: ReadonlySet<number>): ColumnFormats | null {
  const formats = columns.map(({ type }, index) =>
    (timestamps.has(index) ? type === TIMESTAMPTZ : TEXTS.has(type)) ? 1 : 0,
  );
  return formats.includes(1) ? formats : null;
}
