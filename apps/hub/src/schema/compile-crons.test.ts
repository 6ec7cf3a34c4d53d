import type { CompiledLogics } from '@santokit/contract';
import { type CronSource, readProject } from '@santokit/project';
import { expect, it } from 'vitest';
import { compileCrons } from './compile-crons.ts';

const sql = (params = {}, from: 'now' | 'event' = 'now') =>
  ({
    kind: 'sql',
    connection: 'main',
    params,
    units: [{ transaction: 'none', readOnly: false, statements: [{ text: '', bindings: [{ from, name: 'id' }] }] }],
  }) as CompiledLogics[string];
const FUNCTION = {
  kind: 'function',
  mode: 'query',
  artifact: '',
  base: '',
  export: 'default',
  connection: 'main',
} as const;

const logics: CompiledLogics = {
  cleanup: sql({ days: { type: 'int', nullable: false, default: 3 }, note: { type: 'string', nullable: true } }),
  purchase: sql({ itemId: { type: 'string', nullable: false } }),
  ship: sql({}, 'event'),
  tidy: { ...FUNCTION, args: { type: 'object' } },
  sum: { ...FUNCTION, args: { type: 'object', required: ['x'] } },
};

function compiled(handler: string) {
  const content = `name: c\nevery: 1h\nhandler: logics/${handler}\n`;
  const { model } = readProject([{ path: 'cron/c.yaml', content }]);
  const crons: readonly CronSource[] = model.crons;
  const problems: { message: string; line: number }[] = [];
  const release = compileCrons({ crons, isBroken: (name) => name === 'broken' }, logics, problems as never);
  return { release, problems };
}

it('takes a handler that can be called with nothing', () => {
  for (const handler of ['cleanup', 'tidy']) {
    const cron = { everySeconds: 3_600, handler, timeoutSeconds: 30, enabled: true };
    expect(compiled(handler)).toEqual({ release: { c: cron }, problems: [] });
  }
});

it.each([
  ['cleanupp', 'There is no logics/cleanupp (did you mean "cleanup"?)'],
  ['purchase', 'logics/purchase has required params (itemId)'],
  ['sum', 'logics/sum has required params (x)'],
  ['ship', 'logics/ship speaks of :event'],
])('refuses logics/%s', (handler, message) => {
  expect(compiled(handler).problems).toEqual([
    { file: 'cron/c.yaml', line: 3, column: 10, message: expect.stringContaining(message) },
  ]);
});

it('says nothing of a handler that has a problem of its own', () => {
  expect(compiled('broken').problems).toEqual([]);
});

it('leaves a release without crons as it was', () => {
  expect(compileCrons({ crons: [], isBroken: () => false }, logics)).toBeUndefined();
});
