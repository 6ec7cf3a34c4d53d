import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { callBridge } from '../../../tests/e2e/support/bridge-client.ts';
import { type BridgeProcess, startBridgeProcess } from '../../../tests/e2e/support/bridge-process.ts';
import { TraceCollector } from '../../../tests/e2e/support/trace-collector.ts';
import { joinOrg } from './support/join-org.ts';
import { OPERATOR, RunningHub, SERVICE_TOKEN, SETUP_TOKEN } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';
import { enableTotp } from './support/totp.ts';

const CONNECTION_PASSWORD = 'pw-of-the-connection';
const USER_PASSWORD = 'pw-of-the-end-user';
const STORAGE_SECRET = 'secret-of-the-bucket';
const ROLE = `planted_${process.pid}`;
/** Nobody answers there. */
const STORAGE = `buckets:
  main: { bucket: assets, region: a, endpoint: "http://127.0.0.1:1" }
policies:
  main: { "covers/*": { delete: [{ roles: [a] }] } }
`;
const EVENT_PAYLOAD = 'payload-of-an-event';
const OBJECT_KEY = 'key-of-an-object';
/** What works without a request that waits for it, well and not. */
const WORK = {
  ...SHOP_FILES,
  'schema/shop.yaml': `${SHOP_FILES['schema/shop.yaml']}      cover: { type: file, bucket: main, onDelete: cascade, nullable: true }\n`,
  'config/permissions.yaml': `${SHOP_FILES['config/permissions.yaml']}    delete: { roles: [a] }\nevents: { placed: { publish: [{ roles: [a] }] } }\n`,
  'config/storage.yaml': STORAGE,
  'events/topics/placed.yaml': 'name: placed\nschema: { item: { type: string } }\n',
  'events/subscriptions/good.yaml': 'topic: placed\nname: good\nhandler: logics/good\n',
  'events/subscriptions/bad.yaml': 'topic: placed\nname: bad\nhandler: logics/bad\nretry: { maxRetries: 0 }\n',
  'cron/broken.yaml': 'name: broken\nevery: 2s\nhandler: logics/broken\n',
  'logics/good.sql': 'select :event.item::text as item',
  'logics/bad.sql': 'select (:event.item)::int as item',
  'logics/broken.sql': 'select 1 / 0 as item',
};
const ENV = '/api/v1/projects/shop/envs/dev';
const collector = new TraceCollector();
let hub: RunningHub;
/** All that Bridges wrote. */
let bridgeLog = '';
const secrets: Record<string, string> = {
  'connection password': CONNECTION_PASSWORD,
  'user password': USER_PASSWORD,
  'storage secret': STORAGE_SECRET,
  'event payload': EVENT_PAYLOAD,
  'object key': OBJECT_KEY,
  'operator password': OPERATOR.password,
  'setup token': SETUP_TOKEN,
  'service token': SERVICE_TOKEN,
  'master key': Buffer.alloc(32, 7).toString('base64'),
};
/** What was answered after the secrets had been handed out. */
const answers: string[] = [];

beforeAll(async () => {
  await collector.start();
  hub = await RunningHub.withShop({ variables: tracing() });
  await hub.shop.unsafe(`create role ${ROLE} login superuser password '${CONNECTION_PASSWORD}'`);
  const url = new URL(hub.shopUrl);
  url.username = ROLE;
  url.password = CONNECTION_PASSWORD;
  const set = await hub.must(`PUT ${ENV}/connections/main`, { body: { engine: 'postgres', url: url.href } });
  answers.push(set.text);
  const storage = { accessKeyId: 'id', secretAccessKey: STORAGE_SECRET };
  answers.push((await hub.must(`PUT ${ENV}/storage/main`, { body: storage })).text);
  await hub.apply(WORK);
  secrets['API key'] = (await hub.must(`POST ${ENV}/apikeys`, { body: { name: 'k', roles: ['a'] } })).json.data.key;
  secrets['personal token'] = await hub.personalToken('viewer');
  secrets['session token'] = hub.token;
  const user = { project: 'shop', env: 'dev', email: 'bob@example.com', password: USER_PASSWORD };
  const session = (await hub.must('POST /endusers/signup', { token: '', body: user })).json.data;
  secrets['access token'] = session.accessToken;
  secrets['refresh token'] = session.refreshToken;
  const unreachable = `postgres://who:${CONNECTION_PASSWORD}@127.0.0.1:1/none`;
  await hub.must(`PUT ${ENV}/connections/broken`, { body: { engine: 'postgres', url: unreachable } });
  const somebody = await joinOrg(hub, { email: 'mia@example.com' });
  const { secret, recovery } = await enableTotp(hub, somebody.token);
  Object.assign(secrets, { 'TOTP secret': secret, 'recovery code': recovery[0] });
  const invitation = { email: 'new@example.com' };
  const invited = await hub.must('POST /api/v1/orgs/acme/invitations', { body: invitation });
  secrets['invitation token'] = invited.json.data.token;
  const gets = ['/connections', '/connections/main', '/storage', '/apikeys', '/releases', '/releases/current'].map(
    (path) => `GET ${ENV}${path}`,
  );
  const people = ['members', 'invitations'].map((things) => `GET /api/v1/orgs/acme/${things}`);
  const others = [
    ...people,
    'GET /api/v1/me',
    'GET /api/v1/tokens',
    'GET /metrics',
    'GET /openapi.json',
    'GET /version',
  ];
  for (const path of [...gets, ...others]) answers.push((await hub.must(path)).text);
  for (const name of ['main', 'broken']) answers.push((await hub.call(`POST ${ENV}/connections/${name}/test`)).text);
  answers.push((await hub.call(`POST ${ENV}/storage/main/test`)).text);
  const badUrl = { engine: 'postgres', url: `postgres://u:${CONNECTION_PASSWORD}@:bad:/` };
  answers.push((await hub.call(`PUT ${ENV}/connections/bad`, { body: badUrl })).text);
  answers.push((await hub.call('POST /endusers/signup', { token: '', body: user })).text);
  answers.push((await hub.call('POST /endusers/login', { token: '', body: { ...user, extra: 1 } })).text);
  await hub.internal('/connections/shop/dev');
  secrets['mask key'] = (await hub.internal('/keys/shop/dev')).json.data.maskKey;
  await failAtTheHub();
  await callThroughBridge();
  answers.push((await hub.must('GET /api/v1/projects/shop/audit')).text);
  await hub.deps.tracing?.close(3_000);
});
afterAll(async () => {
  // Tables that the role made go with it; roles outlive the database of a test.
  await hub.shop.unsafe(`reassign owned by ${ROLE} to current_user; drop role ${ROLE}`);
  await hub.stop();
  await collector.stop();
});

/** Of all that is done. */
const tracing = () => ({ STK_OTEL_ENABLED: 'true', STK_OTEL_ENDPOINT: collector.url, STK_OTEL_SAMPLE_RATE: '1' });

/** Secrets in places where they do not belong, or are not accepted. */
async function failAtTheHub(): Promise<void> {
  for (const secret of Object.values(secrets)) {
    for (const call of ['GET /api/v1/me', 'GET /internal/keys/shop/dev', 'POST /internal/reports'])
      await hub.call(call, { token: `${secret}x`, ...(call.startsWith('POST') ? { body: {} } : {}) });
    await hub.call('POST /api/v1/login', { token: '', body: { email: 'who@example.com', password: secret } });
    await hub.call('POST /api/v1/setup', { token: '', body: { token: secret } });
    await hub.call('POST /endusers/token', { token: '', body: { project: 'shop', env: 'dev', refreshToken: secret } });
    await hub.call('POST /api/v1/invitations/accept', { token: '', body: { token: secret } });
  }
}

/** What a Bridge is given and refuses. */
async function callThroughBridge(): Promise<void> {
  await hub.must(`DELETE ${ENV}/connections/broken`);
  const bridge: BridgeProcess = await startBridgeProcess({
    STK_HUB_URL: hub.url,
    STK_BRIDGE_TOKEN: SERVICE_TOKEN,
    STK_BRIDGE_TARGETS: 'shop/dev',
    STK_LOG_LEVEL: 'trace',
    STK_JOBS_URL: hub.shopUrl,
    ...tracing(),
  });
  try {
    const { 'API key': apiKey = '', 'access token': token = '', 'refresh token': refreshToken = '' } = secrets;
    const credentials = [
      { apiKey },
      { token },
      { apiKey: `${apiKey}x` },
      { token: `${token}x` },
      { token: apiKey },
      { token: refreshToken },
    ];
    const statuses = new Set<number>();
    for (const credential of credentials) {
      for (const [path, params] of [
        ['db/books/select', {}],
        ['db/books/insert', { values: { id: 'not of this table', title: 'x' } }],
        ['db/books/select', { where: 'no object' }],
        ['db/none/select', {}],
        ['storage/main/delete', { key: 'a' }],
      ] as const) {
        const { status, body } = await callBridge(bridge.url, path, params, credential);
        statuses.add(status);
        answers.push(JSON.stringify(body));
      }
    }
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401, 404]));
    await workInTheBackground(bridge, apiKey);
  } finally {
    await bridge.stop();
    bridgeLog = bridge.log();
  }
}

/** Until each kind of work was traced. */
async function workInTheBackground({ url }: BridgeProcess, apiKey: string): Promise<void> {
  const payload = { item: EVENT_PAYLOAD };
  await vi.waitFor(
    async () => expect((await callBridge(url, 'events/placed/publish', { payload }, { apiKey })).status).toBe(200),
    { timeout: 10_000, interval: 200 },
  );
  await hub.shop`insert into books (id, title, stock, cover) values ('gone', 'x', 1, ${`covers/${OBJECT_KEY}`})`;
  expect((await callBridge(url, 'db/books/delete', { where: { id: 'gone' } }, { apiKey })).status).toBe(200);
  const told = () => collector.spans.map(({ name, status }) => `${name} ${status.code === 2 ? 'failed' : 'went well'}`);
  const wanted = [
    'bridge.event went well',
    'bridge.event failed',
    'bridge.cron failed',
    'bridge.object_delete failed',
    'bridge.relay went well',
    'bridge.hub went well',
  ];
  await vi.waitFor(() => expect(told()).toEqual(expect.arrayContaining(wanted)), { timeout: 20_000, interval: 200 });
}

const NAMES = [
  ...Object.keys(secrets),
  'API key',
  'personal token',
  'session token',
  'access token',
  'refresh token',
  'mask key',
  'TOTP secret',
  'recovery code',
  'invitation token',
];

it.each(NAMES)('no answer repeats the %s', (name) => {
  expect(answers.filter((text) => text.includes(secrets[name] ?? ''))).toEqual([]);
});

it.each(NAMES)('no log line holds the %s', (name) => {
  expect(hub.logs.length).toBeGreaterThan(10);
  expect(hub.logs.filter((line) => line.includes(secrets[name] ?? ''))).toEqual([]);
});

it.each(NAMES)('no line of a Bridge holds the %s', (name) => {
  expect(bridgeLog.split('\n').length).toBeGreaterThan(20);
  expect(bridgeLog.split('\n').filter((line) => line.includes(secrets[name] ?? ''))).toEqual([]);
});

it.each(NAMES)('no trace holds the %s', (name) => {
  const count = (program: string) => collector.spans.filter(({ service }) => service === program).length;
  expect(count('santokit-hub')).toBeGreaterThan(50);
  expect(count('santokit-bridge')).toBeGreaterThan(50);
  expect(collector.texts.filter((text) => text.includes(secrets[name] ?? ''))).toEqual([]);
});

it.each(NAMES)('no row of any table of the Hub holds the %s', async (name) => {
  const tables = await hub.store`select tablename from pg_tables where schemaname = 'public'`;
  expect(tables.length).toBeGreaterThan(10);
  for (const { tablename } of tables) {
    const rows = await hub.store`select t::text as row from ${hub.store(tablename)} t`;
    expect([tablename, rows.filter(({ row }) => row.includes(secrets[name] ?? '')).length]).toEqual([tablename, 0]);
  }
});
