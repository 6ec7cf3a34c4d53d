import { totpCode, totpStep } from '@santokit/crypto';
import { emailOf, PASSWORD, userIdOf } from './fill-users.ts';
import { logIn, logInRefused, post } from './hub-calls.ts';
import type { HubStage } from './hub-stage.ts';
import { mannWhitney } from './mann-whitney.ts';
import { quantile, timed } from './samples.ts';

/** Users who have none of this told by how long their login is refused. */
const KINDS = [
  'there is none',
  'there is one',
  'there is one (again)',
  'disabled',
  'without a password',
  'second factor',
] as const;
type Kind = (typeof KINDS)[number];

/** Accounts of each kind, so that none is limited to its attempts. */
const EACH = 20;

/**
 * Times logins with a wrong password to accounts of every kind, in random order, and holds each kind against `there is one`. The kind that
 * is the same shows what chance makes. @returns a table
 */
export async function measureLoginTiming(stage: HubStage, users: number, rounds: number): Promise<string> {
  const emails = await makeAccounts(stage, users);
  const samples = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]));
  for (let round = -20; round < rounds; round++)
    for (const kind of shuffled(KINDS)) {
      const email = emails.get(kind)?.[Math.abs(round) % EACH] ?? '';
      const ms = await timed(() => logInRefused(stage, email));
      if (round >= 0) samples.get(kind)?.push(ms);
    }
  const base = samples.get('there is one') ?? [];
  const rows = KINDS.map((kind) => {
    const own = samples.get(kind) ?? [];
    const { p, probability } = mannWhitney(own, base);
    const [low, half, high] = [0.25, 0.5, 0.75].map((part) => quantile(own, part).toFixed(2));
    const against = kind === 'there is one' ? '– | –' : `${probability.toFixed(3)} | ${p.toFixed(3)}`;
    return `| ${kind} | ${half} | ${low} to ${high} | ${against} |`;
  });
  return [
    '| account | median ms | middle half ms | slower than one that there is, of pairs | p |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** Out of users who are there, so that all are found at places of the same kind in the store. */
async function makeAccounts(stage: HubStage, users: number): Promise<ReadonlyMap<Kind, readonly string[]>> {
  const step = Math.floor(users / (KINDS.length * EACH));
  const emails = new Map<Kind, string[]>();
  for (const [at, kind] of KINDS.entries()) {
    const own: string[] = [];
    for (let n = 0; n < EACH; n++) {
      const user = (n * KINDS.length + at) * step;
      const email = await emailOf(stage.store, user);
      await make(stage, kind, { id: userIdOf(user), email });
      own.push(kind === 'there is none' ? email.replace('@', '+@') : email);
    }
    emails.set(kind, own);
  }
  return emails;
}

async function make(stage: HubStage, kind: Kind, { id, email }: { id: string; email: string }): Promise<void> {
  const { store } = stage;
  switch (kind) {
    case 'there is none':
    case 'there is one':
    case 'there is one (again)':
      return;
    case 'disabled':
      await store`update end_users set disabled = true where id = ${id}`;
      return;
    case 'without a password':
      await store`update end_users set password_hash = null where id = ${id}`;
      return;
    case 'second factor': {
      const { accessToken } = await logIn(stage, email);
      const enrol = await post<{ secret: string }>(stage, '/endusers/totp/enrol', { password: PASSWORD }, accessToken);
      const code = totpCode(enrol.secret, totpStep(new Date()));
      await post(stage, '/endusers/totp/confirm', { code }, accessToken);
      return;
    }
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
