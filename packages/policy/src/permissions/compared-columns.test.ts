import type { Table } from '@santokit/contract';
import { expect, it } from 'vitest';
import { compileExpression } from '../expression/compile-expression.ts';
import { unindexedComparisons } from './compared-columns.ts';

const column = (name: string) => ({ name, type: 'string', nullable: false }) as const;
const TABLE: Table = {
  name: 'posts',
  connection: 'main',
  key: { columns: ['id'], generate: 'ulid' },
  columns: { id: column('id'), owner: column('owner'), team: column('team'), status: column('status') },
  indexes: [],
  relations: {},
};

it.each([
  ['resource.owner == request.auth.sub', ['owner']],
  ['request.auth.sub == resource.owner', ['owner']],
  ['resource.team in request.auth.claims.teams', ['team']],
  ['resource.owner == request.params.who || resource.status == "published"', ['owner']],
  ['resource.owner == request.auth.sub || resource.team == request.auth.claims.team', ['owner', 'team']],
  ['resource.owner == request.auth.sub && resource.team == request.auth.claims.team', ['owner']],
  ['resource.owner == request.auth.sub && resource.id == request.params.id', []],
  ['resource.status == "published"', []],
  ['resource.owner != request.auth.sub', []],
  ['!(resource.owner == request.auth.sub)', []],
  ['"admin" in request.auth.roles', []],
])('%s needs an index on %j', (text, columns) => {
  const rules = { roles: ['public'], condition: compileExpression(text, TABLE) };
  expect(unindexedComparisons({ select: [rules], delete: [rules] }, (name) => name === 'id')).toEqual(columns);
});
