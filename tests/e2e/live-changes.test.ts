import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BridgeProcess, startBridgeProcess } from './support/bridge-process.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { stkJson } from './support/stk.ts';
import { Traffic } from './support/traffic.ts';

/** Fewer are quicker: `STK_LIVE_ROWS=50000 vitest run tests/e2e/live-changes`. */
const ROWS = Number(process.env.STK_LIVE_ROWS ?? 1_000_000);
const MOST_DELAY_MS = 1_000;
const CALLERS_PER_BRIDGE = 3;

/** The columns of `items` and the rest of the file, line by line. */
interface Model {
  readonly items: Readonly<Record<string, string>>;
  readonly indexes: readonly string[];
  readonly tables: readonly string[];
  /** What the database calls `items`, where it is not that. */
  readonly stored?: string;
}

const START: Model = {
  items: {
    code: 'type: string, native: varchar(40)',
    owner_id: 'type: string',
    label: 'type: string, nullable: true',
    alias: 'type: string, nullable: true',
    note: 'type: string, nullable: true',
    amount: 'type: int, default: 0',
    hits: 'type: int, default: 0',
    number: 'type: bigint, native: integer, unique: true',
    views: `type: bigint, native: integer, default: '0'`,
    place: 'type: bigint, native: integer, references: { table: places }',
  },
  indexes: [],
  tables: [
    'owners: { columns: { name: { type: string } } }',
    'old: { columns: { name: { type: string } } }',
    places('bigint, native: integer'),
    visits(', native: integer'),
    seen(', native: integer'),
  ],
};

/** A table that `items` refers to by a number. Calls write the ones of `bigint` the same way, whatever the database's own type is. */
function places(type: 'bigint, native: integer' | 'bigint'): string {
  return `places: { id: { type: ${type}, generate: client }, columns: { name: { type: string } } }`;
}

const column = (name: string, spec: string) => (model: Model) => ({
  ...model,
  items: { ...model.items, [name]: spec },
});
const index = (spec: string) => (model: Model) => ({ ...model, indexes: [...model.indexes, spec] });

/** A table whose keys the database counts. */
function visits(native: ', native: integer' | ''): string {
  return `visits: { id: { generate: auto_increment${native} }, columns: { name: { type: string } } }`;
}

/** A view of `items`. */
function seen(native: ', native: integer' | ''): string {
  return `seen: { view: true, columns: { item: { type: string }, views: { type: bigint${native} } } }`;
}

/** One kind of step each, in an order that a project might take. */
const CHANGES: readonly (readonly [string, (model: Model) => Model])[] = [
  ['add column', column('extra', 'type: string, nullable: true')],
  ['add defaulted column', column('state', 'type: string, default: new')],
  ['widen varchar', column('code', 'type: string, native: varchar(80)')],
  ['change default', column('amount', 'type: int, default: 7')],
  ['add index', index('{ columns: [owner_id, hits] }')],
  ['add unique index', index('{ columns: [code], unique: true }')],
  ['add foreign key', column('owner_id', 'type: string, references: { table: owners }')],
  ['forbid null', column('label', 'type: string')],
  ['add a check', column('amount', 'type: int, default: 7, min: 0, enforce: true')],
  [
    'rename column',
    ({ items: { alias, ...items }, ...model }) => ({
      ...model,
      items: { ...items, nick: `${alias}, renamedFrom: alias` },
    }),
  ],
  ['rename table', (model) => ({ ...model, stored: 'goods' })],
  ['add a column of random values', column('token', 'type: uuid, default: uuid_v4')],
  ['widen an int', column('hits', 'type: bigint, default: "0"')],
  ['widen a unique column', column('number', 'type: bigint, unique: true')],
  [
    'widen a key that is referred to',
    (model) => ({
      ...model,
      tables: model.tables.map((table) => (table === places('bigint, native: integer') ? places('bigint') : table)),
    }),
  ],
  ['widen a foreign key', column('place', 'type: bigint, references: { table: places }')],
  [
    'widen a key that is counted',
    (model) => ({
      ...model,
      tables: model.tables.map((table) => (table === visits(', native: integer') ? visits('') : table)),
    }),
  ],
  [
    'widen a column that a view reads',
    (model) => ({
      ...column('views', `type: bigint, default: '0'`)(model),
      tables: model.tables.map((table) => (table === seen(', native: integer') ? seen('') : table)),
    }),
  ],
  ['describe a column', column('extra', 'type: string, nullable: true, description: more of it')],
  ['allow null', column('label', 'type: string, nullable: true')],
  ['change a foreign key', column('owner_id', 'type: string, references: { table: owners, onDelete: cascade }')],
  ['change a check', column('amount', 'type: int, default: 7, min: -1, enforce: true')],
  ['drop a check', column('amount', 'type: int, default: 7')],
  ['drop foreign key', column('owner_id', 'type: string')],
  ['add table', (model) => ({ ...model, tables: [...model.tables, 'tags: { columns: { name: { type: string } } }'] })],
  ['drop column', ({ items: { note: _, ...items }, ...model }) => ({ ...model, items })],
  ['drop index', (model) => ({ ...model, indexes: model.indexes.slice(1) })],
  ['drop table', (model) => ({ ...model, tables: model.tables.filter((table) => !table.startsWith('old:')) })],
];

const yaml = ({ items, indexes, tables, stored }: Model) => `version: 1
tables:
  items:${stored === undefined ? '' : `\n    nativeName: ${stored}\n    renamedFrom: items`}
    columns:
${Object.entries(items)
  .map(([name, spec]) => `      ${name}: { ${spec} }\n`)
  .join('')}${
  indexes.length === 0 ? '' : `    indexes:\n${indexes.map((one) => `      - ${one}\n`).join('')}`
}${tables.map((table) => `  ${table}\n`).join('')}`;
const PERMISSIONS = `version: 1
tables:
  items:
    select: { roles: [admin] }
    insert: { roles: [admin] }
    update: { roles: [admin] }
    delete: { roles: [admin] }
  seen:
    select: { roles: [admin] }
  visits:
    insert: { roles: [admin] }
    select: { roles: [admin] }
  places:
    insert: { roles: [admin] }
    update: { roles: [admin] }
`;

let dir: string;
let stack: DevStack;
let bridge: BridgeProcess | undefined;
let traffic: Traffic | undefined;
const cli = () => ({ cwd: dir, env: stack.env });
const write = async (path: string, content: string) => {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), content);
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stk-live-'));
  // A view comes after the table that it is made of.
  await write(
    'schema/shop.yaml',
    yaml({ ...START, tables: START.tables.filter((table) => !table.startsWith('seen:')) }),
  );
  await write('config/limits.yaml', 'rateLimits: { apiKey: 1000000/min }\n');
  stack = await startDevStack(dir, ['--no-watch']);
  const { hubUrl, project, env, databaseUrl } = stack.ready;
  const sql = postgres(databaseUrl, { max: 1 });
  await sql`insert into owners (id, name) select 'o' || n, 'Owner' from generate_series(0, 99) n`;
  await sql`
    insert into visits (name) select 'Visit' from generate_series(1, ${ROWS}::int) n`;
  await sql`
    insert into places (id, name) select n, 'Place' from generate_series(1, ${ROWS}::int) n`;
  await sql`
    insert into items (id, code, owner_id, label, alias, note, amount, number, place)
    select 'i' || n, 'code ' || n, 'o' || n % 100, 'label', 'alias', 'note', n % 1000, n, n from generate_series(1, ${ROWS}::int) n`;
  await sql`analyze`;
  await sql`create view seen as select id as item, views from items`;
  await sql.end();
  await write('schema/shop.yaml', yaml(START));
  await write('config/permissions.yaml', PERMISSIONS);
  await stkJson(['apply', '--force'], cli());
  bridge = await startBridgeProcess({
    STK_HUB_URL: hubUrl,
    STK_BRIDGE_TOKEN: JSON.parse(await readFile(join(dir, '.stk/dev/state.json'), 'utf8')).bridgeToken,
    STK_BRIDGE_TARGETS: `${project}/${env}`,
  });
}, 300_000);
afterAll(async () => {
  await traffic?.stop();
  await bridge?.stop();
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Reads and writes of rows here and there, in words that every release of this test knows. */
let written = 0;
async function round(call: (path: string, params: unknown) => Promise<unknown>): Promise<void> {
  const number = ++written;
  const code = `new ${number}`;
  const where = { id: `i${1 + ((number * 7_919) % ROWS)}` };
  const data = {
    code,
    owner_id: `o${number % 100}`,
    label: 'label',
    number: `${ROWS + number}`,
    place: `${1 + (number % ROWS)}`,
  };
  await call('db/items/insert', { data });
  await call('db/items/select', { where });
  await call('db/items/update', { where, data: { amount: { $inc: 1 }, hits: { $inc: 1 } } });
  await call('db/items/select', { limit: 20 });
  await call('db/seen/select', { where: { item: where.id } });
  await call('db/visits/insert', { data: { name: 'New' } });
  await call('db/visits/select', { where: { id: data.place } });
  await call('db/places/insert', { data: { id: `${ROWS + number}`, name: 'New' } });
  await call('db/places/update', { where: { id: data.place }, data: { name: `Place ${number}` } });
  if (number % 4 === 0) await call('db/items/delete', { where: { id: where.id, code } });
}

it(`every kind of change is made to a table of ${ROWS} rows under reads and writes, and no call fails or is held up`, async ({
  annotate,
}) => {
  const { bridgeUrl, apiKey } = stack.ready;
  const bridgeUrls = [bridgeUrl, bridge?.url ?? ''];
  traffic = new Traffic({ bridgeUrls, apiKey, round, callersPerBridge: CALLERS_PER_BRIDGE });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const quiet = traffic.take();
  expect(quiet.failures).toEqual([]);
  let model = START;
  for (const [name, change] of CHANGES) {
    model = change(model);
    await write('schema/shop.yaml', yaml(model));
    const { plan, releaseId } = await stkJson<{ plan: object[]; releaseId: string }>(['apply', '--force'], cli());
    expect([name, plan.length]).toEqual([name, 1]);
    await expect.poll(() => servedBy(bridgeUrls), { timeout: 5_000 }).toEqual([releaseId, releaseId]);
    const { calls, longestMs, failures } = traffic.take();
    await annotate(`${name}: ${calls} calls, the longest ${longestMs} ms (before any change: ${quiet.longestMs} ms)`);
    expect([name, failures]).toEqual([name, []]);
    // What the machine itself holds calls up for is not the change's doing.
    expect([name, Math.max(0, longestMs - quiet.longestMs)]).toEqual([name, expect.toSatisfy(isShort)]);
  }
}, 2_400_000);

const isShort = (ms: number) => ms < MOST_DELAY_MS;

/** The release that each Bridge answers with. */
function servedBy(urls: readonly string[]): Promise<(string | null)[]> {
  return Promise.all(
    urls.map(async (url) => {
      const headers = { 'content-type': 'application/json', 'x-santokit-api-key': stack.ready.apiKey };
      const response = await fetch(`${url}/call/db/items/select`, { method: 'POST', headers, body: '{"limit":1}' });
      await response.arrayBuffer();
      return response.headers.get('x-santokit-release');
    }),
  );
}
