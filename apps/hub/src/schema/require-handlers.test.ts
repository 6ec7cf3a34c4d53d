import type { CompiledEvents, CompiledLogics, Problem } from '@santokit/contract';
import { readProject } from '@santokit/project';
import { expect, it } from 'vitest';
import { requireHandlers } from './require-handlers.ts';

const spec = { type: 'string', nullable: false } as const;
const sql = { kind: 'sql', connection: 'main', units: [] } as const;
const made = {
  kind: 'function',
  mode: 'mutation',
  artifact: '',
  base: '',
  export: 'default',
  connection: 'main',
} as const;
const logics = {
  plain: { ...sql, params: { note: { ...spec, nullable: true } } },
  needy: { ...sql, params: { orderId: spec } },
  fits: { ...made, args: { type: 'object', required: ['orderId'] } },
  asks: { ...made, args: { type: 'object', required: ['orderId', 'amount'] } },
} as unknown as CompiledLogics;
const topics: CompiledEvents['topics'] = { placed: { schema: { orderId: spec }, retentionSeconds: 60 } };

function problems(handler: string): Problem[] {
  const content = `topic: placed\nname: s\nhandler: logics/${handler}\n`;
  const { model } = readProject([{ path: 'events/subscriptions/s.yaml', content }]);
  const found: Problem[] = [];
  requireHandlers(model.events.subscriptions, { topics, logics }, found);
  return found;
}

it.each(['plain', 'fits', 'unknown'])('says nothing of logics/%s', (handler) => {
  expect(problems(handler)).toEqual([]);
});

it.each([
  ['needy', 'logics/needy has required params (orderId): a handler of SQL has the payload as :event.<field>'],
  ['asks', 'logics/asks has required params (amount): the topic "placed" has no such field'],
])('refuses logics/%s, which no event could run', (handler, message) => {
  expect(problems(handler)).toEqual([
    { file: 'events/subscriptions/s.yaml', line: 3, column: 10, message: expect.stringContaining(message) },
  ]);
});
