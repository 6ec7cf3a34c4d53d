import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { stk } from './memory-streams.ts';

const PAIRS = [
  ['context', 'contexts'],
  ['org', 'orgs'],
  ['project', 'projects'],
  ['env', 'envs'],
  ['token', 'tokens'],
  ['connection', 'connections'],
  ['schema', 'schemas'],
  ['permission', 'permissions'],
  ['cron', 'crons'],
  ['event', 'events'],
  ['logic', 'logics'],
  ['release', 'releases'],
  ['apikey', 'apikeys'],
  ['key', 'keys'],
  ['user', 'users'],
  ['storage', 'storages'],
  ['bridge', 'bridges'],
  ['hub', 'hubs'],
  ['audit', 'audits'],
  ['log', 'logs'],
  ['metric', 'metrics'],
] as const;

it.each(PAIRS)('%s and %s are the same', async (singular, plural) => {
  const help = (noun: string) => stk([noun, '--help'], { cwd: tmpdir() });
  const told = await help(singular);
  expect(told).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Usage: stk /) });
  expect(await help(plural)).toEqual(told);
});
