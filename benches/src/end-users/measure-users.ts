import { hashPassword, verifyPassword } from '@santokit/crypto';
import { emailOf, fillMarks, PASSWORD } from './fill-users.ts';
import { logIn, read, renew } from './hub-calls.ts';
import type { HubStage } from './hub-stage.ts';
import { quantile, type Samples, sample, timed } from './samples.ts';

interface Figure extends Samples {
  readonly what: string;
}

/** Measures a Hub that has so many users, one request at a time. @returns a table */
export async function measureUsers(stage: HubStage, users: number): Promise<string> {
  const figures = [...(await sessions(stage, users)), ...(await lists(stage, users)), ...(await marks(stage, users))];
  const rows = figures.map(({ what, ms, cpuMs }) => {
    const cells = [quantile(ms, 0.5), quantile(ms, 0.99), cpuMs].map((value) => value.toFixed(1));
    return `| ${what} | ${cells.join(' | ')} |`;
  });
  return ['| what | p50 ms | p99 ms | CPU ms |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

async function sessions(stage: HubStage, users: number): Promise<Figure[]> {
  const hash = await hashPassword(PASSWORD);
  const verifying = () => timed(() => verifyPassword(hash, PASSWORD));
  const alone: number[] = [];
  let refreshToken = '';
  const login = await sample(stage.pid, 200, async (n) => {
    const email = await emailOf(stage.store, (n * 7_919) % users);
    // In turn, so that what else the machine does meets both.
    alone.push(await verifying());
    return await timed(async () => {
      refreshToken = (await logIn(stage, email)).refreshToken;
    });
  });
  const refresh = await sample(stage.pid, 500, () =>
    timed(async () => {
      refreshToken = await renew(stage, refreshToken);
    }),
  );
  const { cpuMs } = await sample(process.pid, 200, verifying);
  return [
    { what: "argon2id alone, in the bench's own process", ms: alone, cpuMs },
    { what: 'login', ...login },
    { what: 'refresh', ...refresh },
  ];
}

const LIST = '/api/v1/projects/shop/envs/dev/users';

async function lists(stage: HubStage, users: number): Promise<Figure[]> {
  const email = await emailOf(stage.store, Math.floor(users / 2));
  const [name = ''] = email.split('@');
  const queries = {
    'the newest': '',
    'a later page': `?after=usr_01J${String(Math.floor(users / 3)).padStart(23, '0')}`,
    'a whole address': `?email=${email}`,
    'a whole name': `?search=${name}`,
    'a part of a name': `?search=${name.slice(2, 9)}`,
    'three letters of many': '?search=hel',
    'three letters of nobody': '?search=xyz',
    'a domain of all': '?search=example.com',
    'a domain of every fiftieth': '?search=@mail7.example.com',
    'two letters at the beginning': '?search=an',
    'one letter at the beginning': '?search=x',
  };
  const figures: Figure[] = [];
  for (const [what, query] of Object.entries(queries))
    figures.push({ what: `list: ${what}`, ...(await reading(stage, 40, LIST + query)) });
  return figures;
}

async function marks(stage: HubStage, users: number): Promise<Figure[]> {
  const count = Math.min(users, 100_000);
  const path = '/internal/keys/shop/dev';
  const few = await reading(stage, 40, path);
  await fillMarks(stage.store, stage.envId, count);
  const many = await reading(stage, 20, path);
  return [
    { what: "a Bridge's pull of keys, no marks", ...few },
    { what: `a Bridge's pull of keys, ${count} marks`, ...many },
  ];
}

function reading(stage: HubStage, times: number, path: string): Promise<Samples> {
  return sample(stage.pid, times, () => timed(() => read(stage, path)));
}
