import { type CallOperation, type CompiledRule, parseJson, StkError, type Table } from '@santokit/contract';
import { withObjectDeletions } from './object-deletions.ts';
import { parseAggregate, parseCount } from './parse-aggregate.ts';
import { isObject, type ParseContext, type Template } from './parse-context.ts';
import { parseInsert } from './parse-insert.ts';
import { parseSelect } from './parse-select.ts';
import { parseDelete, parseUpdate } from './parse-update.ts';
import { parseUpsert } from './parse-upsert.ts';
import { withRowEvents } from './row-events.ts';
import type { Statement } from './statement.ts';

export interface ParseTarget {
  readonly operation: CallOperation;
  readonly table: Table;
  /** The rule that decides for the caller. */
  readonly rule: CompiledRule;
}

/**
 * Parses the key of a shape into a statement.
 * @throws StkError `BAD_REQUEST` or `FORBIDDEN`, naming the column or param
 */
export function parseStatement(key: string, { operation, table, rule }: ParseTarget, context: ParseContext): Statement {
  const params: Template = parseJson(key);
  if (!isObject(params)) throw new StkError('BAD_REQUEST', 'params must be an object');
  switch (operation) {
    case 'select':
      return parseSelect(params, table, rule, context);
    case 'count':
      return parseCount(params, table, rule, context);
    case 'aggregate':
      return parseAggregate(params, table, rule, context);
    case 'insert':
      return withRowEvents(parseInsert(params, table, rule, context), context.triggers);
    case 'upsert':
      return withRowEvents(parseUpsert(params, table, rule, context), context.triggers);
    case 'update':
      return withRowEvents(parseUpdate(params, table, rule, context), context.triggers);
    case 'delete':
      return withObjectDeletions(
        withRowEvents(parseDelete(params, table, rule, context), context.triggers),
        context.cascades,
      );
  }
}
