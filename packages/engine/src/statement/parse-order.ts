import type { Column, CompiledRule, Table } from '@santokit/contract';
import {
  badRequest,
  comparableColumn,
  isList,
  isObject,
  refuseUnknown,
  shown,
  type Template,
} from './parse-context.ts';
import type { Order } from './statement.ts';

/**
 * Parses `orderBy`: `{ column: "asc" | "desc" | { dir, nulls } }` in key order, or a list of such. A column that was named before is
 * not sorted by again.
 * @throws StkError `BAD_REQUEST` for unknown columns and forms, `FORBIDDEN` for hidden columns
 */
export function parseOrderBy(orderBy: Template | undefined, table: Table, rule: CompiledRule): Order[] {
  if (orderBy === undefined) return [];
  const orders = new Map<string, Order>();
  for (const entry of isList(orderBy) ? orderBy : [orderBy]) {
    if (!isObject(entry)) throw badRequest('orderBy must be an object of columns and directions, or a list of such');
    for (const [name, direction] of Object.entries(entry)) {
      const column = comparableColumn(table, rule, name, 'orderBy');
      if (column.type === 'json') throw badRequest(`orderBy cannot sort by a column of type json`, name);
      if (!orders.has(name)) orders.set(name, { column, ...parseDirection(direction, name) });
    }
  }
  return [...orders.values()];
}

/** An order that goes on with further columns, in the direction of the last one so far, so that one index serves it all. */
export function continued(orderBy: readonly Order[], columns: readonly Column[]): Order[] {
  const direction = orderBy.at(-1)?.direction ?? 'asc';
  const named = new Set(orderBy.map(({ column }) => column.name));
  const rest = columns.filter(({ name }) => !named.has(name));
  return [...orderBy, ...rest.map((column): Order => ({ column, direction, nulls: undefined }))];
}

function parseDirection(direction: Template, name: string): Pick<Order, 'direction' | 'nulls'> {
  if (direction === 'asc' || direction === 'desc') return { direction, nulls: undefined };
  if (!isObject(direction)) throw badRequest(`orderBy takes "asc" or "desc" for ${shown(name)}`, name);
  refuseUnknown(direction, ['dir', 'nulls'], ` in orderBy.${name}`);
  const { dir = 'asc', nulls } = direction;
  if (dir !== 'asc' && dir !== 'desc') throw badRequest(`dir is "asc" or "desc" in orderBy for ${shown(name)}`, name);
  if (nulls !== undefined && nulls !== 'first' && nulls !== 'last')
    throw badRequest(`nulls is "first" or "last" in orderBy for ${shown(name)}`, name);
  return { direction: dir, nulls };
}
