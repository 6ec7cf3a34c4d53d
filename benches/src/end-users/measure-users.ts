import { emailOf, fillMarks } from './fill-users.ts';
import { logIn, read, renew, verifyAlone } from './hub-calls.ts';
import type { HubStage } from './hub-stage.ts';
import { quantile, type Samples, sample, sampleInTurn, timed } from './samples.ts';

interface Figure {
  readonly what: string;
  readonly cells: readonly string[];
}

/** Measures a Hub that has so many users, one request at a time. @returns a table */
export async function measureUsers(stage: HubStage, users: number): Promise<string> {
  const figures = [...(await sessions(stage, users)), ...(await lists(stage, users)), ...(await marks(stage, users))];
  const rows = figures.map(({ what, cells }) => `| ${what} | ${cells.join(' | ')} |`);
  return ['| what | p50 ms | p99 ms | CPU ms |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function figure(what: string, samples: Samples): Figure {
  return { what, cells: quantities(samples).map((value) => value.toFixed(1)) };
}

function ratio(what: string, samples: Samples, base: Samples): Figure {
  const bases = quantities(base);
  return { what, cells: quantities(samples).map((value, at) => `${(value / (bases[at] ?? 0)).toFixed(2)} times`) };
}

function quantities({ ms, cpuMs }: Samples): readonly number[] {
  return [quantile(ms, 0.5), quantile(ms, 0.99), cpuMs];
}

async function sessions(stage: HubStage, users: number): Promise<Figure[]> {
  let refreshToken = '';
  const [argon2 = NOTHING, login = NOTHING] = await sampleInTurn(LOGINS, WARM_LOGINS, [
    { pid: stage.argon2.pid, once: () => timed(() => verifyAlone(stage)) },
    {
      pid: stage.pid,
      once: async (n) => {
        const email = await emailOf(stage.store, (n * 7_919) % users);
        return await timed(async () => {
          refreshToken = (await logIn(stage, email)).refreshToken;
        });
      },
    },
  ]);
  const refresh = await sample(stage.pid, 500, () =>
    timed(async () => {
      refreshToken = await renew(stage, refreshToken);
    }),
  );
  return [
    figure('argon2id alone, behind HTTP', argon2),
    figure('login', login),
    ratio('login ÷ argon2id alone', login, argon2),
    figure('refresh', refresh),
  ];
}

/** As many as Node takes until it has compiled what a login runs through. */
const WARM_LOGINS = 200;
const LOGINS = 300;
const NOTHING: Samples = { ms: [], cpuMs: Number.NaN };

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
    figures.push(figure(`list: ${what}`, await reading(stage, 40, LIST + query)));
  return figures;
}

async function marks(stage: HubStage, users: number): Promise<Figure[]> {
  const count = Math.min(users, 100_000);
  const path = '/internal/keys/shop/dev';
  const few = await reading(stage, 40, path);
  await fillMarks(stage.store, stage.envId, count);
  const many = await reading(stage, 20, path);
  return [figure("a Bridge's pull of keys, no marks", few), figure(`a Bridge's pull of keys, ${count} marks`, many)];
}

function reading(stage: HubStage, times: number, path: string): Promise<Samples> {
  return sample(stage.pid, times, () => timed(() => read(stage, path)));
}
