import { readProject } from '@santokit/project';
import { expect, it } from 'vitest';
import { deprecatedColumns } from './deprecated-columns.ts';

const FILES = [
  {
    path: 'schema/shop.yaml',
    content: `version: 1
tables:
  books:
    columns:
      old: { type: string, deprecated: { reason: use title }, nullable: true }
      isbn10: { type: string, deprecated: { reason: use isbn, sunset: 2027-01-31 }, disabled: true, nullable: true }
      title: { type: string }
  authors:
    columns:
      alias: { type: string, deprecated: { reason: merged, sunset: 2026-01-31 } }
`,
  },
];

it('deprecated columns are listed by the day that they have, and what has passed says so', () => {
  const { model } = readProject(FILES);
  expect(deprecatedColumns(model.schema, new Date('2026-02-01T00:00:00Z'))).toEqual([
    {
      connection: 'main',
      table: 'authors',
      column: 'alias',
      reason: 'merged',
      sunset: '2026-01-31',
      overdue: true,
      disabled: false,
    },
    {
      connection: 'main',
      table: 'books',
      column: 'isbn10',
      reason: 'use isbn',
      sunset: '2027-01-31',
      overdue: false,
      disabled: true,
    },
    {
      connection: 'main',
      table: 'books',
      column: 'old',
      reason: 'use title',
      sunset: null,
      overdue: false,
      disabled: false,
    },
  ]);
});
