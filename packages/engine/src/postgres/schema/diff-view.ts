import type { Table } from '@santokit/contract';
import { nativeType } from '../type-map.ts';
import type { Change } from './change.ts';
import { sameType } from './diff-columns.ts';
import { schemaOf } from './diff-context.ts';
import type { LiveTable } from './live-schema.ts';

/** What differs between a declared view and the live one. No step makes it good: what a view is, its own SQL says. */
export function diffView(view: Table, live: LiveTable | undefined): Change[] {
  const place = { schema: schemaOf(view), table: view.name };
  if (live === undefined) return [{ ...place, kind: 'missing_view' }];
  if (live.kind !== 'view' && live.kind !== 'materialized_view')
    return [{ ...place, kind: 'not_a_view', actual: live.kind.replaceAll('_', ' ') }];
  const liveColumns = new Map(live.columns.map((column) => [column.name, column]));
  const changes = Object.values(view.columns).flatMap((column): Change[] => {
    const found = liveColumns.get(column.name);
    liveColumns.delete(column.name);
    if (found !== undefined && sameType(column, found)) return [];
    const [expected, actual] = [nativeType(column), found?.type ?? null];
    return [{ ...place, kind: 'change_view_column', column: column.name, expected, actual }];
  });
  const extra = [...liveColumns.values()].map(
    ({ name, type }): Change => ({ ...place, kind: 'change_view_column', column: name, expected: null, actual: type }),
  );
  return [...changes, ...extra];
}
