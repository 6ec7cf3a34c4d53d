import type { Column, TableKey } from '@santokit/contract';
import { isMap, isScalar, type Node, type YAMLMap } from 'yaml';
import type { Member, YamlFile } from '../yaml-file.ts';

/** What is said of rows that are written, or of tables that are made, has no meaning in a view. */
const NOT_OF_VIEWS = ['indexes', 'renamedFrom'];
const NOT_OF_KEYS = ['generate', 'nativeDefault', 'renamedFrom'];
const NOT_OF_REFERENCES = ['onDelete', 'onUpdate'];
const NOT_OF_COLUMNS = [
  'nullable',
  'default',
  'nativeDefault',
  'unique',
  'enforce',
  'onDelete',
  'renamedFrom',
  'disabled',
  'readOnly',
];

/** Reports what is said of a view that only tables have. */
export function checkView(file: YamlFile, members: ReadonlyMap<string, Member>): void {
  for (const [name, { key }] of members)
    if (NOT_OF_VIEWS.includes(name)) file.report(key, `"${name}" is for tables: a view is as the database defines it`);
  checkKeys(file, members.get('id')?.value, NOT_OF_KEYS);
  const columns = members.get('columns')?.value;
  for (const column of isMap(columns) ? columns.items : []) {
    if (!isMap(column.value)) continue;
    checkKeys(file, column.value, NOT_OF_COLUMNS);
    checkKeys(file, (column.value as YAMLMap<Node, Node | null>).get('references', true), NOT_OF_REFERENCES);
  }
}

function checkKeys(file: YamlFile, node: unknown, excluded: readonly string[]): void {
  for (const { key } of isMap<Node>(node) ? node.items : [])
    if (isScalar(key) && excluded.includes(String(key.value)))
      file.report(key, `"${key.value}" is for tables: the rows of a view are only read`);
}

/** The database does not say which columns of a view hold null, so all may, but for those that its rows are told apart by. */
export function viewColumns(columns: Readonly<Record<string, Column>>, key: TableKey): Record<string, Column> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, { ...column, nullable: !key.columns.includes(name) }]),
  );
}
