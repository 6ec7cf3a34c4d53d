import type { AuditItem } from '@santokit/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appendAudit } from '../src/audit/append-audit.ts';
import { OPERATOR, RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const LOG = 'GET /api/v1/projects/shop/audit';
let hub: RunningHub;
let operatorId: string;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
  await hub.must('POST /api/v1/projects/shop/envs', { body: { name: 'prod' } });
  await hub.must('POST /api/v1/projects', { body: { name: 'other' } });
  await hub.must('POST /api/v1/projects/other/envs', { body: { name: 'dev' } });
  operatorId = (await hub.must('GET /api/v1/me')).json.data.operator.id;
});
afterAll(() => hub.stop());

const page = async (query = '', token?: string): Promise<{ items: AuditItem[]; next?: string }> =>
  (await hub.must(`${LOG}${query}`, { token })).json.data;
const log = async (query = '', token?: string) => (await page(query, token)).items;
const actions = async (query: string) => [...new Set((await log(query)).map(({ action }) => action))];

it('lists who did what where and when, newest first', async () => {
  const items = await log();
  expect(items.map(({ ts }) => ts)).toEqual(
    items
      .map(({ ts }) => ts)
      .toSorted()
      .toReversed(),
  );
  const entry = items.find(({ action, env }) => action === 'env.create' && env === 'prod');
  expect(entry).toEqual({
    id: expect.stringMatching(/^aud_[0-9A-Z]{26}$/),
    ts: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    actorId: operatorId,
    actorType: 'operator',
    action: 'env.create',
    project: 'shop',
    env: 'prod',
    detail: { kid: expect.any(String) },
    ip: '127.0.0.1',
    requestId: expect.any(String),
    traceId: null,
  });
});

it('filters by action, kind of action, actor, env and time', async () => {
  expect(await actions('?action=release.create')).toEqual(['release.create']);
  expect((await actions('?action=operator.*')).toSorted()).toEqual(['operator.login', 'operator.setup']);
  expect((await log(`?actor=${operatorId}`)).length).toBeGreaterThan(5);
  expect(await log(`?actor=${encodeURIComponent(OPERATOR.email)}`)).toEqual(await log(`?actor=${operatorId}`));
  expect(await log('?actor=nobody@example.com')).toEqual([]);
  expect((await log('?actor=operator')).every(({ actorType }) => actorType === 'operator')).toBe(true);
  const ofProd = await log('?env=prod');
  expect([...new Set(ofProd.map(({ env }) => env))].toSorted()).toEqual([null, 'prod']);
  const [newest] = await log();
  expect(await log(`?since=${encodeURIComponent(newest?.ts ?? '')}`)).toContainEqual(newest);
  expect(await log('?since=2999-01-01T00:00:00Z')).toEqual([]);
});

it('is read in pages, backwards from the newest and forwards from any entry', async () => {
  const all = await log('?limit=1000');
  const paged: AuditItem[] = [];
  let next: string | undefined;
  do {
    const { items, next: older } = await page(`?limit=3${next === undefined ? '' : `&before=${next}`}`);
    paged.push(...items);
    next = older;
  } while (next !== undefined);
  expect(paged).toEqual(all);
  expect(await log(`?limit=2&after=${all[4]?.id}`)).toEqual(all.slice(2, 4));
  expect(await log(`?after=${all[0]?.id}`)).toEqual([]);
});

it('shows what is about no project to admins of the org, and to nobody with a token of the project alone', async () => {
  expect(await actions('?action=operator.setup')).toEqual(['operator.setup']);
  const token = await hub.personalToken('admin');
  const items = await log('?limit=1000', token);
  expect(items.length).toBeGreaterThan(3);
  expect([...new Set(items.map(({ project }) => project))]).toEqual(['shop']);
  expect((await hub.call(LOG, { token: await hub.personalToken('deployer') })).status).toBe(403);
});

it('shows nothing of other projects, nor what people of other orgs do', async () => {
  await hub.deps.store.db.transaction((tx) =>
    appendAudit(hub.deps, tx, {
      actorId: 'op_far',
      actorType: 'operator',
      action: 'org.create',
      detail: {},
      origin: null,
    }),
  );
  const items = await log('?limit=1000');
  expect(items.filter(({ project }) => project === 'other')).toEqual([]);
  expect(items.filter(({ actorId }) => actorId === 'op_far')).toEqual([]);
});

it.each([
  ['action=nonsense', 'action'],
  ['since=yesterday', 'since'],
  ['since=0000-01-01T00:00:00Z', 'since'],
  ['limit=0', 'limit'],
  ['limit=1001', 'limit'],
  ['limit=-1', 'limit'],
  ['limit=1&limit=2', 'limit'],
  ['before=1', 'before'],
  ['after=%00', 'after'],
  ['actor=%00', 'actor'],
  ['env=No', 'env'],
  ['colour=red', 'colour'],
])('%s is a bad request that names %s', async (query, field) => {
  const answer = await hub.call(`${LOG}?${query}`);
  expect([answer.status, answer.json.error.code]).toEqual([400, 'BAD_REQUEST']);
  expect(answer.json.error.message).toContain(field);
});
