import { formatProblem, type Problem } from '@santokit/contract';
import { describe, expect, it } from 'vitest';
import { readCrons } from './read-crons.ts';

const read = (...contents: string[]) => {
  const problems: Problem[] = [];
  const files = contents.map((content, index) => ({ path: `cron/c${index}.yaml`, content }));
  const crons = readCrons(files, problems);
  return { crons, problems: problems.map(formatProblem) };
};
const cron = (rest: string) => read(`name: x\nhandler: logics/cleanup\n${rest}\n`);

it('reads a schedule, its defaults filled in', () => {
  const { crons, problems } = read('name: cleanup\nschedule: "0  */6 * * Mon-fri"\nhandler: logics/jobs/cleanup\n');
  expect(problems).toEqual([]);
  expect(crons.map(({ name, cron }) => [name.value, cron])).toEqual([
    ['cleanup', { schedule: '0 */6 * * Mon-fri', handler: 'jobs/cleanup', timeoutSeconds: 30, enabled: true }],
  ]);
});

it('reads a period, and what is written out', () => {
  const { crons, problems } = cron('every: 6h\ntimeout: 2m\nenabled: false');
  expect(problems).toEqual([]);
  expect(crons[0]?.cron).toEqual({ everySeconds: 21_600, handler: 'cleanup', timeoutSeconds: 120, enabled: false });
});

describe('what is refused, where it stands', () => {
  it.each([
    ['schedule: "* * * *"', '3:12', 'five fields'],
    ['schedule: "0 0 * * * *"', '3:12', 'five fields'],
    ['schedule: "@daily"', '3:12', 'five fields'],
    ['schedule: "60 * * * *"', '3:12', 'is not a cron expression'],
    ['schedule: "5/15 * * * *"', '3:12', 'is not a cron expression'],
    ['schedule: "0 0 31 2 *"', '3:12', 'is never due'],
    ['schedule: "0 0 L * *"', '3:12', '"L" in "schedule" is more than numbers, names'],
    ['schedule: "0 0 * * 1#2"', '3:12', '"1#2" in "schedule" is more than numbers, names'],
    ['schedule: "0 0 ? * 1"', '3:12', '"?" in "schedule" is more than numbers, names'],
    ['every: 7h', '3:8', 'must divide a day evenly'],
    ['every: 500ms', '3:8', 'must divide a day evenly'],
    ['every: 2d', '3:8', 'must divide a day evenly'],
    ['every: 0s', '3:8', 'must divide a day evenly'],
    ['', '1:1', 'either "schedule" or "every"'],
    ['schedule: "0 0 * * *"\nevery: 1h', '4:1', 'either "schedule" or "every"'],
    ['every: 6', '3:8', '"every" must be a duration such as 15m, 6h or 1d'],
    ['every: 1h\ntimeout: 30', '4:10', '"timeout" must be a duration in whole seconds'],
    ['every: 1h\ntimeout: 2h', '4:10', 'from 1s to 1h'],
    ['every: 1h\nenabled: "yes"', '4:10', '"enabled" must be true or false'],
    ['every: 1h\nretries: 3', '4:1', 'Unknown key "retries"'],
  ])('%s', (rest, place, message) => {
    const { problems } = cron(rest);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`cron/c0.yaml:${place}`);
    expect(problems[0]).toContain(message);
  });

  it('a name that is missing, malformed or taken, and a handler that is no logic', () => {
    expect(read('every: 1h\nhandler: logics/a').problems[0]).toContain('needs a "name"');
    expect(read('name: "a b"\nevery: 1h\nhandler: logics/a').problems[0]).toContain('made of letters');
    expect(read('name: a\nevery: 1h\nhandler: db/a/delete').problems[0]).toContain('cron/c0.yaml:3:10');
    expect(read('name: a\nevery: 1h').problems[0]).toContain('needs a "handler"');
    const twice = 'name: a\nevery: 1h\nhandler: logics/a';
    expect(read(twice, twice).problems).toEqual([expect.stringContaining('cron/c1.yaml:1:7')]);
    expect(read(twice, twice.replace('1h', '7h')).problems).toEqual([
      expect.stringContaining('must divide a day evenly'),
      expect.stringContaining('cron/c1.yaml:1:7'),
    ]);
  });
});
