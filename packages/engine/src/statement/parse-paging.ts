import type { Column, CompiledRule, StkError, Table } from '@santokit/contract';
import { foreignCursor, malformedCursor } from './cursor.ts';
import { listIdentity } from './list-identity.ts';
import {
  badRequest,
  columnNamed,
  comparableColumn,
  forbidden,
  isComparable,
  isList,
  type Template,
  type TemplateObject,
} from './parse-context.ts';
import { continued } from './parse-order.ts';
import type { AfterRow, Filter, Order, Read, RowLimit } from './statement.ts';

/**
 * Gives a read the pages that it can be had in: a total order, by the key in the end, and the row to go on after. A key that the caller
 * may not compare orders nothing, for its order would show; such a read has no pages, and nor has one of a view without a key.
 * @throws StkError `BAD_REQUEST` for malformed and foreign cursors, `FORBIDDEN` for hidden columns and keys
 */
export function paged(read: Read, params: TemplateObject, rule: CompiledRule): Read {
  const { table, where } = read;
  const distinct = parseDistinct(params.distinct, table, rule);
  const key = comparableKey(table, rule);
  if (key === undefined) {
    if (params.after !== undefined) throw unpaged(table);
    return { ...read, distinct };
  }
  if (pinsKey(where, key)) {
    if (params.after !== undefined) throw foreignCursor();
    return { ...read, orderBy: [], limit: limitOfOne(read) };
  }
  const orderBy = continued(read.orderBy, key);
  const identity = listIdentity({ table, where: params.where, orderBy, distinct });
  return { ...read, distinct, orderBy, paging: { identity, after: parseAfter(params.after, orderBy) } };
}

/** One row at most needs no limit, unless it is a view's, whose key nothing enforces. */
function limitOfOne({ table, limit }: Read): RowLimit | undefined {
  if (limit === undefined || limit.slot !== undefined || table.view) return limit;
  return Math.min(limit.default, limit.most, limit.cap ?? limit.most) < 1 ? limit : undefined;
}

function unpaged({ name, key }: Table): StkError {
  if (key.columns.length > 0) return forbidden('after may not be used where the key is hidden');
  return badRequest(`after may not be used: ${name} is a view without a key, so that its pages have no order`);
}

/** An order without ties, where the caller may compare the key. */
export function totalOrder(orderBy: readonly Order[], table: Table, rule: CompiledRule): readonly Order[] {
  const key = comparableKey(table, rule);
  return key === undefined ? orderBy : continued(orderBy, key);
}

function comparableKey(table: Table, rule: CompiledRule): readonly Column[] | undefined {
  const { columns } = table.key;
  // The rows of some views cannot be told apart.
  const isVisible = columns.length > 0 && columns.every((name) => isComparable(rule, name));
  return isVisible ? columns.map((name) => columnNamed(table, name)) : undefined;
}

/** Whether a filter lets one row through at most. */
function pinsKey(where: Filter, key: readonly Column[]): boolean {
  const filters = where.kind === 'all' ? where.filters : [where];
  return key.every(({ name }) =>
    filters.some((filter) => filter.kind === 'compare' && filter.operator === '$eq' && filter.column.name === name),
  );
}

/** A cursor comes as `[slot of its fingerprint, [slot or null for each column]]`: see `ShapeWriter`. */
function parseAfter(after: Template | undefined, orderBy: readonly Order[]): AfterRow | undefined {
  if (after === undefined) return undefined;
  const [fingerprint, position] = isList(after) ? after : [];
  if (typeof fingerprint !== 'number' || !isList(position)) throw malformedCursor();
  if (position.length !== orderBy.length) throw foreignCursor();
  const slots = orderBy.map(({ column }, index) => {
    const slot = position[index];
    if (typeof slot === 'number') return slot;
    if (!column.nullable) throw foreignCursor();
    return null;
  });
  return { fingerprint, position: slots };
}

function parseDistinct(distinct: Template | undefined, table: Table, rule: CompiledRule): readonly Column[] {
  if (distinct === undefined) return [];
  if (!isList(distinct) || distinct.length === 0) throw badRequest('distinct must be a list of columns');
  const columns = distinct.map((name) => {
    if (typeof name !== 'string') throw badRequest('distinct must be a list of columns');
    const column = comparableColumn(table, rule, name, 'distinct');
    if (column.type === 'json') throw badRequest('distinct does not apply to a column of type json', name);
    return column;
  });
  return [...new Set(columns)];
}
