import type { Schema, Table } from '@santokit/contract';
import { readProject, renderSchema } from '@santokit/project';
import { expect } from 'vitest';

/** The tables as they come back from the files that `stk schema pull` writes. */
export function throughFiles(tables: readonly Table[]): Table[] {
  const schema: Schema = Object.fromEntries(tables.map((table) => [table.name, table]));
  const { model, problems } = readProject(renderSchema(schema));
  expect(problems).toEqual([]);
  return Object.values(model.schema);
}
