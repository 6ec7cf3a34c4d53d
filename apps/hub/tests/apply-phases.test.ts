import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withResumeLock } from '../src/apply/apply-lock.ts';
import { type Answer, RunningHub, SERVICE_TOKEN } from './support/running-hub.ts';
import { SHOP_FILES, SHOP_WITH_PAGES, SHOP_WITHOUT_NOTE } from './support/shop-files.ts';

type Files = Readonly<Record<string, string>>;
const PROD = '/api/v1/projects/shop/envs/prod';
let hub: RunningHub;

beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.must('POST /api/v1/projects/shop/envs', { body: { name: 'prod' } });
  await hub.must(`PUT ${PROD}/connections/main`, { body: { engine: 'postgres', url: hub.shopUrl } });
});
beforeEach(async () => {
  await hub.store`update envs set current_release_id = null`;
  await hub.store`truncate releases, env_releases, applied_schemas, bridge_reports`;
  await hub.shop`drop table if exists books, articles, tags`;
});
afterAll(() => hub.stop());

const columns = async () =>
  (await hub.shop`select column_name from information_schema.columns where table_name = 'books' order by 1`).map(
    ({ column_name }) => column_name,
  );
const served = async (env = 'dev') =>
  (await hub.internal(`/releases/current?project=shop&env=${env}`)).json.data.releaseId;
const applyToProd = (files: Files, options: object = {}) => {
  const list = Object.entries(files).map(([path, content]) => ({ path, content }));
  return hub.call(`POST ${PROD}/apply`, { body: { files: list, ref: 'test', ...options } });
};
const schema = (change: (text: string) => string): Files => ({
  ...SHOP_FILES,
  'schema/shop.yaml': change(SHOP_FILES['schema/shop.yaml']),
});
const NOTE_REQUIRED = schema((text) =>
  text.replace('note: { type: string, nullable: true }', 'note: { type: string }'),
);
const NOTE_CHECKED = schema((text) =>
  text.replace(
    'note: { type: string, nullable: true }',
    'note: { type: string, nullable: true, enum: [new], enforce: true }',
  ),
);

async function report(releaseId: string | null, version = '0.1.0'): Promise<void> {
  const target = { project: 'shop', env: 'dev', releaseId, state: 'FRESH', connectionVersions: {}, lastError: null };
  await hub.must('POST /internal/reports', {
    token: SERVICE_TOKEN,
    body: { instanceId: 'brg_1', version, targets: [target] },
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Never came true: ${holds}`);
    await sleep(20);
  }
}

describe('two applies at once', () => {
  /** Applies while `during` runs, which finds the apply in the middle of its work. */
  async function whileApplying<T>(during: () => Promise<T>): Promise<[T, Promise<Answer>]> {
    await hub.apply(SHOP_FILES);
    const blocker = await hub.shop.reserve();
    await blocker`begin`;
    await blocker`select from books`;
    const first = hub.apply(SHOP_WITH_PAGES);
    try {
      const changing = () =>
        hub.shop`select from pg_stat_activity where query like 'ALTER TABLE%' and state = 'active' and datname = current_database()`;
      await until(async () => (await changing()).length > 0);
      return [await during(), first];
    } finally {
      await blocker`rollback`;
      blocker.release();
      await first;
    }
  }

  it.each<[string, () => Promise<Answer>]>([
    ['an apply of the same env', () => hub.apply(SHOP_WITHOUT_NOTE, { force: true })],
    ['an apply of another env on the same database', () => applyToProd(SHOP_FILES)],
    [
      'a promotion of another env on the same database',
      () => hub.call(`POST ${PROD}/releases/promote`, { body: { from: 'dev' } }),
    ],
  ])('are one that wins and one that says so: %s', async (_, second) => {
    const [refused, first] = await whileApplying(second);
    expect([refused.status, refused.json.error.code]).toEqual([409, 'CONFLICT']);
    expect(refused.json.error.message).toContain('Another apply');
    expect(await columns()).toEqual(['id', 'note', 'pages', 'stock', 'title']);
    expect([await served(), await served('prod')]).toEqual([(await first).json.data.releaseId, null]);
  });

  it('are one that waits for the other where the other is one that the Hub finishes by itself', async () => {
    const [env] = await hub.store<{ id: string; name: string }[]>`select id, name from envs where name = 'dev'`;
    if (env === undefined) throw new Error('There is an env');
    for (const pauseMs of [0, 30, 150, 400]) {
      let isDone = false;
      const begun = Promise.withResolvers<void>();
      const finishing = withResumeLock(hub.deps, env, async () => {
        begun.resolve();
        await sleep(pauseMs + 100);
        isDone = true;
      });
      await begun.promise;
      await sleep(pauseMs);
      const { status, text } = await hub.apply(SHOP_FILES);
      expect([pauseMs, status, text, isDone]).toEqual([pauseMs, 200, expect.anything(), true]);
      await finishing;
    }
  });

  it('leave nobody locked out', async () => {
    await whileApplying(() => applyToProd(SHOP_FILES));
    expect((await applyToProd(SHOP_WITH_PAGES)).status).toBe(200);
    expect((await hub.call(`POST ${PROD}/releases/promote`, { body: { from: 'dev' } })).status).toBe(200);
  });

  it('are not two connections of one env to one database', async () => {
    const other = 'PUT /api/v1/projects/shop/envs/dev/connections/other';
    await hub.must(other, { body: { engine: 'postgres', url: hub.shopUrl } });
    const files = schema(
      (text) => `${text}  tags:\n    connection: other\n    columns:\n      name: { type: string }\n`,
    );
    expect((await hub.apply(files)).status).toBe(200);
    expect((await hub.apply(SHOP_FILES, { force: true })).status).toBe(200);
    expect(await hub.shop`select from pg_tables where tablename = 'tags'`).toHaveLength(0);
  });
});

describe('what the release in force still needs', () => {
  it('stays until live Bridges serve the next one', async () => {
    await report((await hub.apply(SHOP_FILES)).json.data.releaseId);
    const applied = hub.apply(SHOP_WITHOUT_NOTE, { force: true });
    const before = await served();
    await until(async () => (await served()) !== before);
    await sleep(300);
    expect(await columns()).toContain('note');
    await report(await served());
    const { status, json } = await applied;
    expect([status, json.data.releaseId]).toEqual([200, await served()]);
    expect(await columns()).not.toContain('note');
    expect(
      json.data.steps.map(({ name, status: outcome }: { name: string; status: string }) => [name, outcome]),
    ).toEqual(['validate', 'plan', 'schema', 'drift', 'compile', 'release', 'pointer'].map((name) => [name, 'done']));
  });

  it('goes after 5 seconds where a Bridge does not follow', async () => {
    await report((await hub.apply(SHOP_FILES)).json.data.releaseId);
    const startedMs = performance.now();
    expect((await hub.apply(SHOP_WITHOUT_NOTE, { force: true })).status).toBe(200);
    const tookMs = performance.now() - startedMs;
    expect([tookMs > 4_900, tookMs < 8_000]).toEqual([true, true]);
    expect(await columns()).not.toContain('note');
  });

  it.each([
    ['are none', async () => {}],
    ['serve nothing yet', () => report(null)],
    ['are too old to follow', async () => report(await served(), '0.0.1')],
    [
      'were not heard of',
      async () => {
        await report(await served());
        await hub.store`update bridge_reports set seen_at = seen_at - interval '2 minutes'`;
      },
    ],
  ])('goes at once where Bridges %s', async (_, bridges) => {
    await hub.apply(SHOP_FILES);
    await bridges();
    const startedMs = performance.now();
    expect((await hub.apply(SHOP_WITHOUT_NOTE, { force: true })).status).toBe(200);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });
});

describe('an apply that fails', () => {
  it('for rows that a later step would refuse has moved nothing', async () => {
    const before = (await hub.apply(SHOP_FILES)).json.data.releaseId;
    await hub.shop`insert into books (id, title) values ('a', 'x')`;
    const refused = await hub.apply(NOTE_REQUIRED, { force: true });
    expect([refused.status, refused.json.error.message]).toEqual([
      409,
      'Changing books failed at "forbid null in note": a row holds null',
    ]);
    expect(await served()).toBe(before);
  });

  it.each([
    ['a column that is required', NOTE_REQUIRED, 'forbid null in note', 'a row holds null'],
    ['a check', NOTE_CHECKED, 'check that note is one of new', 'a value that the check refuses'],
  ])('for a row that was written after the search for such rows has moved nothing: %s', async (_, files, step, why) => {
    const before = (await hub.apply(SHOP_FILES)).json.data.releaseId;
    const writer = await hub.shop.reserve();
    await writer`begin`;
    await writer`insert into books (id, title, note) values ('late', 'x', ${files === NOTE_CHECKED ? 'old' : null})`;
    const applied = hub.apply(files, { force: true });
    try {
      const waiting = () =>
        hub.shop`select from pg_stat_activity where query like 'ALTER TABLE%' and wait_event_type = 'Lock' and datname = current_database()`;
      await until(async () => (await waiting()).length > 0);
    } finally {
      await writer`commit`;
      writer.release();
    }
    const failed = await applied;
    expect([failed.status, failed.json.error.code]).toEqual([409, 'CONFLICT']);
    expect(failed.json.error.message).toContain(`Changing books failed at "${step}"`);
    expect(failed.json.error.message).toContain(why);
    expect(await served()).toBe(before);
    // What the release in force allows is allowed again.
    await hub.shop`insert into books (id, title, note) values ('later', 'x', ${files === NOTE_CHECKED ? 'old' : null})`;
    await hub.shop`delete from books`;
    const again = await hub.apply(files, { force: true });
    expect(again.json.data).toMatchObject({ releaseId: await served(), plan: [{ table: 'books' }] });
    expect((await hub.apply(files)).json.data.plan).toEqual([]);
  });

  it('after the pointer moved, such as for the loss of its lock, changes nothing more and says that it moved', async () => {
    await report((await hub.apply(SHOP_FILES)).json.data.releaseId);
    const before = await served();
    const applied = hub.apply(SHOP_WITHOUT_NOTE, { force: true });
    await until(async () => (await served()) !== before);
    await hub.shop`
      select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = 1398033236
         and database = (select oid from pg_database where datname = current_database())`;
    await report(await served());
    const { error } = (await applied).json;
    expect([error.code, error.details.releaseId]).toEqual(['SERVICE_UNAVAILABLE', await served()]);
    expect(error.message).toMatch(
      /\. The release rel_\w+ is in force, and apply does what is left when it is run again$/,
    );
    expect(await columns()).toContain('note');
    expect((await hub.apply(SHOP_WITHOUT_NOTE, { force: true })).status).toBe(200);
    expect(await columns()).not.toContain('note');
  });

  it('knows the tables that it made, which go when they are declared no more', async () => {
    await hub.apply(SHOP_FILES);
    await hub.shop`insert into books (id, title) values ('a', 'same'), ('b', 'same')`;
    const files = schema(
      (text) =>
        `${text.replace('maxLength: 200', 'maxLength: 200, unique: true')}  tags:\n    columns:\n      name: { type: string }\n`,
    );
    expect((await hub.apply(files, { force: true })).status).toBe(409);
    expect(await hub.shop`select from pg_tables where tablename = 'tags'`).toHaveLength(1);
    await hub.apply(SHOP_FILES, { force: true });
    expect(await hub.shop`select from pg_tables where tablename = 'tags'`).toHaveLength(0);
  });
});

it('a rename comes last before the pointer, and what may fail on the table before it', async () => {
  const before = (await hub.apply(SHOP_FILES)).json.data.releaseId;
  await hub.shop`insert into books (id, title) values ('a', 'same'), ('b', 'same')`;
  const files = schema((text) =>
    text.replace(
      'title: { type: string, maxLength: 200 }',
      'name: { type: string, maxLength: 200, unique: true, renamedFrom: title }',
    ),
  );
  expect((await hub.apply(files, { force: true })).status).toBe(409);
  expect([await served(), await columns()]).toEqual([before, ['id', 'note', 'stock', 'title']]);
  await hub.shop`delete from books where id = 'b'`;
  const { data } = (await hub.apply(files, { force: true })).json;
  expect(data.plan.map(({ what }: { what: string }) => what)).toEqual([
    'add unique index on (name)',
    'rename column title to name',
  ]);
  expect([await served(), await columns()]).toEqual([data.releaseId, ['id', 'name', 'note', 'stock']]);
});
