import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const WORK_MS = 100;
/** Longer than a turn takes, and shorter than all of them together on two processors. */
const TIMEOUT_MS = 1_000;
const TRIALS = 40;
const FUNCTIONS = `import { mutation } from '@santokit/functions';
const roles = ['clerk'];
export const work = mutation({ roles, timeout: '${TIMEOUT_MS}ms', handler: () => {
  const endMs = Date.now() + ${WORK_MS};
  while (Date.now() < endMs);
} });
`;

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply({ ...SHOP_FILES, 'logics/busy.ts': FUNCTIONS });
}, 60_000);
afterAll(() => hub.stop());

it('trials with rollback wait for their turn as others do, and not on their own time', async () => {
  const body = { name: 'busy/work', as: { type: 'user', sub: 'u1', roles: ['clerk'] }, rollback: true };
  const trial = () => hub.call('POST /api/v1/projects/shop/envs/dev/logics/run', { body });
  await hub.must('POST /api/v1/projects/shop/envs/dev/logics/run', { body });
  const answers = await Promise.all(Array.from({ length: TRIALS }, trial));
  expect(answers.map(({ text }) => JSON.parse(text).error?.message ?? 'done')).toEqual(Array(TRIALS).fill('done'));
}, 60_000);
