import type { LimitsConfig } from '@santokit/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../src/clock.ts';
import { shopRelease } from './support/shop.ts';
import { type Answer, type BridgeClient, Stage, until } from './support/stage.ts';

const stage = new Stage();
let bridge: BridgeClient;
let users = 0;
/** What the Bridge's steady clock is ahead of ours. */
let aheadMs = 0;
const clock = { ...SYSTEM_CLOCK, steadyMs: () => performance.now() + aheadMs };

beforeAll(() => stage.open());
afterAll(() => stage.close());
beforeEach(async () => {
  aheadMs = 0;
  await serve({ apiKeyPerMinute: 5, endUserPerMinute: 3 });
});

/** A new Bridge, so that no count is left from before. */
async function serve(rateLimits: LimitsConfig['rateLimits']): Promise<void> {
  const release = shopRelease();
  stage.apply({ ...release, limits: { ...release.limits, rateLimits } });
  bridge = await (await stage.bridge({}, { clock })).ready();
}

const user = async (sub = `user-${users++}`) => ({ authorization: `Bearer ${await stage.token({ sub })}` });
const select = (credential?: Record<string, string>) => bridge.call('db/posts/select', {}, credential);
const batch = (length: number, credential?: Record<string, string>) =>
  bridge.call(
    '../batch',
    { calls: Array.from({ length }, () => ({ path: 'db/posts/select', params: {} })) },
    credential,
  );
const rate = ({ headers }: Answer) =>
  ['limit', 'remaining', 'policy'].map((name) => headers.get(`ratelimit-${name}`)).join(' ');

async function statuses(times: number, call: () => Promise<Answer>): Promise<number[]> {
  const answers: number[] = [];
  for (let n = 0; n < times; n++) answers.push((await call()).status);
  return answers;
}

describe('a caller', () => {
  it('is told with every answer what is left', async () => {
    expect(rate(await select())).toBe('5 4 5;w=60');
    expect(rate(await bridge.call('db/nothing/select'))).toBe('5 3 5;w=60');
    const credential = await user();
    const answer = await select(credential);
    expect(rate(answer)).toBe('3 2 3;w=60');
    expect(Number(answer.headers.get('ratelimit-reset'))).toBe(60);
  });

  it('is answered 429 beyond the limit, and told when to come back', async () => {
    expect(await statuses(5, () => select())).toEqual([200, 200, 200, 200, 200]);
    aheadMs = 20_000;
    const answer = await select();
    expect(answer.status).toBe(429);
    expect(answer.body.error).toMatchObject({ code: 'TOO_MANY_REQUESTS', message: 'Too many calls: try again later' });
    expect(rate(answer)).toBe('5 0 5;w=60');
    const waitSeconds = Number(answer.headers.get('retry-after'));
    expect([waitSeconds, Number(answer.headers.get('ratelimit-reset'))]).toEqual([waitSeconds, waitSeconds]);
    expect(waitSeconds).toBeGreaterThan(30);
    expect(waitSeconds).toBeLessThanOrEqual(40);
    aheadMs += waitSeconds * 1_000;
    expect((await select()).status).toBe(200);
  });

  it('uses up nobody else’s', async () => {
    const [ann, ben] = [await user(), await user()];
    expect(await statuses(4, () => select(ann))).toEqual([200, 200, 200, 429]);
    expect(await statuses(3, () => select(ben))).toEqual([200, 200, 200]);
    expect((await select()).status).toBe(200);
  });

  it('is one, however many tokens they have', async () => {
    const sub = `user-${users++}`;
    const answers = await statuses(4, async () => select(await user(sub)));
    expect(answers).toEqual([200, 200, 200, 429]);
  });

  it('keeps what they used when another release is served', async () => {
    const credential = await user();
    await statuses(3, () => select(credential));
    const release = shopRelease();
    const releaseId = stage.apply({ ...release, limits: { ...release.limits, rateLimits: { endUserPerMinute: 4 } } });
    await until(async () => (await select()).headers.get('x-santokit-release') === releaseId);
    expect(rate(await select(credential))).toBe('4 0 4;w=60');
    expect((await select(credential)).status).toBe(429);
  });

  it('whose credential is refused is not counted', async () => {
    const answers = await statuses(9, () => select({ 'x-santokit-api-key': 'stk_wrong' }));
    expect(new Set(answers)).toEqual(new Set([401]));
    expect(rate(await select())).toBe('5 4 5;w=60');
  });
});

describe('a batch', () => {
  it('counts as the calls that it holds', async () => {
    const answer = await batch(4);
    expect([answer.status, rate(answer)]).toEqual([200, '5 1 5;w=60']);
  });

  it('that does not fit is refused as a whole, and counts as one call', async () => {
    await batch(2);
    const answer = await batch(4);
    expect([answer.status, rate(answer)]).toEqual([429, '5 2 5;w=60']);
    expect(await statuses(3, () => select())).toEqual([200, 200, 429]);
  });

  it('that never can fit is 400, because coming back does not help', async () => {
    const answer = await batch(6);
    expect([answer.status, answer.body.error.message]).toEqual([
      400,
      'calls must be at most 5, because no more may be made at a time',
    ]);
  });
});

describe('the limit', () => {
  it('is 1,000 a minute for keys and 100 for end users by default', async () => {
    await serve({});
    expect(rate(await select())).toBe('1000 999 1000;w=60');
    expect(rate(await select(await user()))).toBe('100 99 100;w=60');
  });

  it('by the hour is counted by the hour', async () => {
    await serve({ apiKeyPerMinute: 90 / 60 });
    expect(rate(await select())).toBe('90 89 90;w=3600');
  });
});
