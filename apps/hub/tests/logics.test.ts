import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
});
afterAll(() => hub.stop());

const DEV = '/api/v1/projects/shop/envs/dev';
const LOGIC = (more: string) => `---\nroles: [clerk]\n${more}---\n`;
const FILES = {
  ...SHOP_FILES,
  'logics/a/count.sql': `${LOGIC('condition: request.auth.sub != "u9"\n')}select count(*) as n from pg_class where false`,
  'logics/fails.sql': `${LOGIC('')}select * from nothing_like_it`,
  'events/topics/t.yaml': 'name: t\nschema: { a: { type: int } }\n',
  'logics/tells.sql': `${LOGIC('publish: [{ topic: t, mapping: { a: ":result.a" } }]\n')}select 1 as a`,
};
const clerk = { type: 'user', sub: 'u1', roles: ['clerk'] };
const run = (name: string, more: object = {}) =>
  hub.call(`POST ${DEV}/logics/run`, { body: { name, as: clerk, ...more } });

describe('logic in a release', () => {
  it('is part of what it is identified by, and of what is compared', async () => {
    const { releaseId: before } = (await hub.apply(SHOP_FILES)).json.data;
    const { releaseId: after } = (await hub.apply(FILES)).json.data;
    expect(after).not.toBe(before);
    const again = (
      await hub.apply({
        ...FILES,
        'logics/fails.sql': `${FILES['logics/fails.sql'].replaceAll('\n', '\r\n')}\r\n -- a comment`,
      })
    ).json.data;
    expect(again.releaseId).toBe(after);
    const { sections } = (await hub.must(`GET /api/v1/projects/shop/releases/${before}/compare/${after}`)).json.data;
    expect(sections.find(({ section }: { section: string }) => section === 'logics').differences).toMatchObject([
      { change: 'added' },
    ]);
    expect(JSON.stringify(sections)).toContain('request.auth.sub != \\"u9\\"');
  });

  it('that rules are about and that there is not is warned of', async () => {
    const rules = 'logics: { "a/*": { roles: [clerk] }, "b/**": { roles: [clerk] } }\n';
    const permissions = `${SHOP_FILES['config/permissions.yaml']}${rules}`;
    const { warnings } = (await hub.apply({ ...FILES, 'config/permissions.yaml': permissions })).json.data;
    expect(warnings).toEqual(['config/permissions.yaml: no logic has a name like "b/**"']);
  });

  it('is run as whoever is named, and what the database says of a mistake is told to operators', async () => {
    expect((await run('a/count')).json.data).toMatchObject({ data: [{ n: '0' }], rolledBack: false });
    expect((await run('a/count', { as: { ...clerk, sub: 'u9' } })).status).toBe(403);
    expect((await run('a/count', { params: { x: 1 } })).json.error.message).toBe('Unknown param: x');
    const failed = await run('fails');
    expect([failed.status, failed.json.error.message]).toEqual([409, expect.stringContaining('nothing_like_it')]);
    expect((await run('none')).status).toBe(404);
  });

  it('publishes where no Bridge has made the tables of events, and with rollback makes no event', async () => {
    const events = () => hub.shop`select scope, topic, payload from santokit.outbox`;
    expect((await run('tells', { rollback: true })).json.data).toMatchObject({ data: [{ a: 1 }], rolledBack: true });
    expect(await events()).toEqual([]);
    await hub.shop`drop schema santokit cascade`;
    expect((await run('tells')).json.data).toMatchObject({ data: [{ a: 1 }], rolledBack: false });
    expect(await events()).toEqual([{ scope: 'shop/dev', topic: 't', payload: { a: 1 } }]);
  });

  it('with rollback is told of what only a commit finds', async () => {
    await hub.shop.unsafe('create table twins (n int unique deferrable initially deferred);');
    const twins = { ...FILES, 'logics/twins.sql': `${LOGIC('')}insert into twins values (1), (1)` };
    await hub.apply(twins);
    const tried = await run('twins', { rollback: true });
    const done = await run('twins');
    const { code, message } = done.json.error;
    expect([tried.status, tried.json.error]).toMatchObject([409, { code, message }]);
    expect(done.status).toBe(409);
    await hub.apply(FILES);
  });

  it('that publishes is told why where its user may not make the tables of events', async () => {
    const url = new URL(hub.shopUrl);
    url.username = 'teller';
    url.password = 'p';
    await hub.shop.unsafe(`drop schema santokit cascade; create role teller login password 'p'`);
    try {
      await hub.must(`PUT ${DEV}/connections/main`, { body: { engine: 'postgres', url: url.href } });
      const failed = await run('tells');
      expect([failed.status, failed.json.error.message]).toEqual([409, expect.stringContaining('outbox')]);
    } finally {
      await hub.must(`PUT ${DEV}/connections/main`, { body: { engine: 'postgres', url: hub.shopUrl } });
      await hub.shop.unsafe('drop role teller');
    }
  });

  it('needs its connection: it is not applied without, and the connection stays', async () => {
    const other = { ...SHOP_FILES, 'logics/o.sql': `${LOGIC('connection: other\n')}select 1 as n` };
    const missing = await hub.call(`POST ${DEV}/apply`, {
      body: { files: Object.entries(other).map(([path, content]) => ({ path, content })), ref: 'x' },
    });
    const problem = { file: 'logics/o.sql', line: 3, column: 13, message: 'The env has no connection "other"' };
    expect([missing.status, missing.json.error.details]).toEqual([400, { missing: ['other'], problems: [problem] }]);
    await hub.must(`PUT ${DEV}/connections/other`, { body: { engine: 'postgres', url: hub.shopUrl } });
    await hub.apply(other);
    const removed = await hub.call(`DELETE ${DEV}/connections/other`);
    expect([removed.status, removed.json.error.details]).toEqual([409, { tables: [], logics: ['o'] }]);
    expect((await run('o')).json.data.data).toEqual([{ n: 1 }]);
  });
});
