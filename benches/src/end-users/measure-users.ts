import { hashPassword, verifyPassword } from '@santokit/crypto';
import { emailOf, fillMarks, PASSWORD } from './fill-users.ts';
import { logIn, read, renew } from './hub-calls.ts';
import type { HubStage } from './hub-stage.ts';
import { quantile, type Samples, sample, timed } from './samples.ts';

interface Figure {
  readonly what: string;
  readonly samples: Samples;
}

/** Measures a Hub that has so many users, one request at a time. @returns a table */
export async function measureUsers(stage: HubStage, users: number): Promise<string> {
  const figures = [...(await sessions(stage, users)), ...(await lists(stage, users)), ...(await marks(stage, users))];
  const rows = figures.map(({ what, samples }) => {
    const [half, most] = [0.5, 0.99].map((part) => quantile(samples, part).toFixed(1));
    return `| ${what} | ${half} | ${most} |`;
  });
  return ['| what | p50 ms | p99 ms |', '| --- | --- | --- |', ...rows].join('\n');
}

async function sessions(stage: HubStage, users: number): Promise<Figure[]> {
  const hash = await hashPassword(PASSWORD);
  const [argon, login]: [number[], number[]] = [[], []];
  let refreshToken = '';
  for (let n = 0; n < 200; n++) {
    const email = await emailOf(stage.store, (n * 7_919) % users);
    // In turn, so that what else the machine does meets both.
    argon.push(await timed(() => verifyPassword(hash, PASSWORD)));
    login.push(
      await timed(async () => {
        refreshToken = (await logIn(stage, email)).refreshToken;
      }),
    );
  }
  const refresh = await sample(500, async () => {
    refreshToken = await renew(stage, refreshToken);
  });
  return [
    { what: "argon2id alone, in the bench's own process", samples: argon },
    { what: 'login', samples: login },
    { what: 'refresh', samples: refresh },
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
    figures.push({ what: `list: ${what}`, samples: await sample(40, () => read(stage, LIST + query)) });
  return figures;
}

async function marks(stage: HubStage, users: number): Promise<Figure[]> {
  const count = Math.min(users, 100_000);
  const path = '/internal/keys/shop/dev';
  const few = await sample(40, () => read(stage, path));
  await fillMarks(stage.store, stage.envId, count);
  const many = await sample(20, () => read(stage, path));
  return [
    { what: "a Bridge's pull of keys, no marks", samples: few },
    { what: `a Bridge's pull of keys, ${count} marks`, samples: many },
  ];
}
