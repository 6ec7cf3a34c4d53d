import { type CompiledTablePermissions, type Expression, TABLE_OPERATIONS } from '@santokit/contract';
import { isRequestOnly, mentionsRequest } from '../expression/rows.ts';

/**
 * The columns that conditions of a table's rules compare with something of the request, such as `request.auth.sub`, and that no
 * index leads to: the whole table is read for them, on every call. One index is enough for comparisons that must all hold.
 * @param isIndexed whether rows can be found by the column
 */
export function unindexedComparisons(
  permissions: CompiledTablePermissions,
  isIndexed: (column: string) => boolean,
): string[] {
  const rules = TABLE_OPERATIONS.flatMap((operation) => permissions[operation] ?? []);
  const missing = rules.flatMap(({ condition }) =>
    condition === undefined ? [] : (missingFor(condition, isIndexed) ?? []),
  );
  return [...new Set(missing)];
}

/** The columns that lack an index; undefined where the condition cannot be looked up at all. */
function missingFor(node: Expression, isIndexed: (column: string) => boolean): readonly string[] | undefined {
  if (node.kind !== 'call') return undefined;
  const [left, right] = node.arguments;
  if (left === undefined || right === undefined) return undefined;
  switch (node.operator) {
    case '==':
      return missingColumn(left, right, isIndexed) ?? missingColumn(right, left, isIndexed);
    case 'in':
      return missingColumn(left, right, isIndexed);
    case '&&':
      return fewer(missingFor(left, isIndexed), missingFor(right, isIndexed));
    case '||':
      return [...(missingFor(left, isIndexed) ?? []), ...(missingFor(right, isIndexed) ?? [])];
    default:
      return undefined;
  }
}

function missingColumn(
  column: Expression,
  value: Expression,
  isIndexed: (column: string) => boolean,
): readonly string[] | undefined {
  if (column.kind !== 'column' || !isRequestOnly(value) || !mentionsRequest(value)) return undefined;
  return isIndexed(column.name) ? [] : [column.name];
}

function fewer(
  left: readonly string[] | undefined,
  right: readonly string[] | undefined,
): readonly string[] | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return right.length < left.length ? right : left;
}
