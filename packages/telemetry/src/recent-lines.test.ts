import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { RecentLines } from './recent-lines.ts';
import { shownLine } from './shown-line.ts';

it('the last thousand lines are kept, and told from where somebody left off', () => {
  const recent = new RecentLines();
  expect(recent.after(0)).toEqual([]);
  for (let n = 1; n <= 2_500; n += 1) recent.push(`line ${n}`);
  expect(recent.after(0)).toHaveLength(1_000);
  expect(recent.after(0)[0]).toEqual({ seq: 1_501, text: 'line 1501' });
  expect(recent.after(2_498).map(({ text }) => text)).toEqual(['line 2499', 'line 2500']);
  expect(recent.after(2_500)).toEqual([]);
});

it('lines that were written together are told one by one', () => {
  const recent = new RecentLines();
  recent.push('a\nb\nc\n', 3);
  recent.push('d\n');
  expect(recent.after(1).map(({ seq, text }) => `${seq}${text}`)).toEqual(['2b', '3c', '4d']);
  for (let part = 0; part < 100; part += 1) recent.push(`${`${part}\n`.repeat(30)}`, 30);
  expect(recent.after(0)).toHaveLength(1_000);
  expect(recent.after(0).at(-1)).toEqual({ seq: 3_004, text: '99' });
});

function logged(fields: object, message = 'Said'): ReturnType<typeof shownLine> {
  const recent = new RecentLines();
  createLogger({ level: 'info', format: 'json', destination: { write: () => {} }, recent }).warn(fields, message);
  return shownLine(recent.after(0)[0]?.text ?? '');
}

it('a line is shown without what has no known name, what is a credential and where a failure came from', () => {
  const about = { project: 'shop', env: 'dev', path: 'db/books/select', status: 500, error: 'Error: x' };
  const cause = { message: 'a row (5, secret)', stack: 'at …' };
  expect(logged({ ...about, cause, err: new Error('y'), password: 'z', token: 'z' })).toEqual({
    project: 'shop',
    env: 'dev',
    line: {
      ts: expect.any(String),
      level: 'warn',
      msg: 'Said',
      path: 'db/books/select',
      status: 500,
      error: 'Error: x',
    },
  });
});

it('where in the files of a project a function failed is shown', () => {
  const place = { function: 'logics/users/take', file: 'logics/users.ts', line: 18, column: 21 };
  expect(logged({ project: 'shop', env: 'dev', ...place })?.line).toMatchObject(place);
});

it('what programs and databases say is shown only of a project', () => {
  expect(logged({ error: 'Error: x', reason: 'y', code: 'Z' })?.line).toEqual({
    ts: expect.any(String),
    level: 'warn',
    msg: 'Said',
    code: 'Z',
  });
});

it.each(['', '{', 'null', '5', '[]', '{"level":"odd"}', '{"ts":"yesterday","level":"info","msg":"x"}'])(
  'what is no line of a log is shown to nobody: %s',
  (text) => expect(shownLine(text)).toBeUndefined(),
);

it('a long text is cut', () => {
  expect(logged({}, 'x'.repeat(5_000))?.line.msg).toHaveLength(2_000);
});

it('pretty logs are kept as lines, too', () => {
  const recent = new RecentLines();
  createLogger({ level: 'info', format: 'pretty', destination: new PassThrough(), recent }).info('Said');
  expect(shownLine(recent.after(0)[0]?.text ?? '')?.line.msg).toBe('Said');
});
