import type { Column, Json, Table } from '@santokit/contract';
import type { Draw } from './drawn-params.ts';

export interface PageRequest {
  readonly table: Table;
  readonly params: Readonly<Record<string, Json>>;
  readonly draw: Draw;
  /** Whether the row to go on after has nothing where it can. */
  readonly isEmpty: boolean;
}

/** Gives the answer of a select with exactly two rows under a limit of one. */
export type FirstPage = (params: Readonly<Record<string, Json>>) => Promise<string>;

/**
 * Params of the page after some row: the cursor of a first page, with other values in the row that it names. Undefined where there are no
 * pages.
 * @throws whatever the first page ends with
 */
export async function pageAfter(
  { table, params, draw, isEmpty }: PageRequest,
  firstPage: FirstPage,
): Promise<Readonly<Record<string, Json>> | undefined> {
  const { meta } = JSON.parse(await firstPage({ ...params, count: 'exact', limit: 1 }));
  if (meta.nextCursor === undefined) return undefined;
  const [fingerprint] = JSON.parse(Buffer.from(meta.nextCursor, 'base64url').toString());
  const names = new Set([...Object.keys(params.orderBy ?? {}), ...table.key.columns]);
  const position = [...names].map((name) => {
    const column = table.columns[name];
    if (column === undefined) throw new Error(`${table.name} has no column ${name}`);
    return isEmpty && column.nullable ? null : storedText(column, draw(column.type, column));
  });
  const after = Buffer.from(JSON.stringify([fingerprint, ...position])).toString('base64url');
  return { ...params, after };
}

/** A value in the notation in which the server answers it. */
function storedText({ type, native = '' }: Column, value: Json): string {
  switch (type) {
    case 'boolean':
      return value === true ? 't' : 'f';
    case 'timestamp':
      return String(value)
        .replace('T', ' ')
        .replace('Z', native.endsWith('without time zone') ? '' : '+00');
    case 'bytes':
      return `\\x${Buffer.from(String(value), 'base64').toString('hex')}`;
    default:
      return String(value);
  }
}
