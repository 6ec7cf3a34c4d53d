import { StkError } from '@santokit/contract';
import { expect, it } from 'vitest';
import { TrialLog } from '../src/logics/trial-log.ts';

const line = (message: string) => ({ kind: 'log', level: 'info', message }) as const;

it('ends with a line that says so where more is logged than is kept', () => {
  const log = new TrialLog();
  for (const size of [200_000, 70_000, 1]) log.take('logics/a', line('x'.repeat(size)));
  expect(log.lines.map(({ level, msg }) => [level, msg.length])).toEqual([
    ['info', 200_000],
    ['warn', 'The trial logs more than is kept of one'.length],
  ]);
});

it('is told with an error beside what that says', () => {
  const log = new TrialLog();
  const error = new StkError('CONFLICT', 'It is taken', { column: 'name' });
  expect(log.toldWith(error)).toBe(error);
  log.take('logics/a', line('x'));
  const told = log.toldWith(error);
  expect([told.code, told.message]).toEqual(['CONFLICT', 'It is taken']);
  expect(told.details).toEqual({ column: 'name', logs: log.lines });
});
