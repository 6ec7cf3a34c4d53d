import type { RequestContext, Table } from '@santokit/contract';
import { expect, it } from 'vitest';
import { compileExpression } from './compile-expression.ts';
import { expressionText } from './expression-text.ts';
import { residualOf } from './residual.ts';

const column = (name: string, type: 'string' | 'int' | 'timestamp' | 'boolean') => ({ name, type, nullable: true });
const TABLE: Table = {
  name: 'posts',
  connection: 'main',
  key: { columns: ['id'], generate: 'ulid' },
  columns: {
    id: column('id', 'string'),
    author: column('author', 'string'),
    likes: column('likes', 'int'),
    at: column('at', 'timestamp'),
    open: column('open', 'boolean'),
  },
  indexes: [],
  relations: {},
};
const ANN: RequestContext = {
  auth: { type: 'user', sub: 'u1', roles: ['editor'], claims: {} },
  params: {},
  timeMs: Date.parse('2026-01-02T03:04:05Z'),
  env: 'dev',
};

it.each([
  ['resource.author == request.auth.sub || resource.open', 'resource.author == "u1" || resource.open'],
  ['"editor" in request.auth.roles || resource.open', 'true'],
  ['"editor" in request.auth.roles && resource.open', 'resource.open'],
  ['request.env == "prod" && resource.open', 'false'],
  ['!(request.env == "prod" && resource.open)', 'true'],
  ['request.auth.type == "user" ? resource.open : resource.likes > 1', 'resource.open'],
  ['resource.author == request.auth.claims.nothing', 'resource.author == error'],
  ['resource.at < request.time - duration("1h")', 'resource.at < timestamp("2026-01-02T02:04:05Z")'],
  ['resource.author in request.auth.roles', 'resource.author in ["editor"]'],
])('for a request, %s is %s', (text, left) => {
  expect(expressionText(residualOf(compileExpression(text, TABLE), ANN))).toBe(left);
});
