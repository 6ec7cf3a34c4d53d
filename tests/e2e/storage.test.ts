import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StrictStore, startStrictStore } from '@santokit/storage/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callBridge } from './support/bridge-client.ts';
import { type BridgeProcess, startBridgeProcess } from './support/bridge-process.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { stk, stkJson } from './support/stk.ts';

const PICTURE = 'the bytes of a picture';
let dir: string;
let store: StrictStore;
let stack: DevStack;
let bridge: BridgeProcess;
const cli = () => ({ cwd: dir, env: stack.env });

const files = () => ({
  'schema/people.yaml': `version: 1
tables:
  people:
    columns:
      user_id: { type: string }
      avatar: { type: file, bucket: main, onDelete: cascade, nullable: true }
`,
  'config/permissions.yaml': `version: 1
tables:
  people:
    select: { roles: [public] }
    insert: { roles: [authenticated], columns: [avatar], set: { user_id: request.auth.sub } }
    delete: { roles: [authenticated], condition: resource.user_id == request.auth.sub }
`,
  'config/auth.yaml': 'signup: open\ndefaultRoles: [user]\n',
  'config/storage.yaml': `version: 1
buckets:
  main: { provider: s3, bucket: ${store.bucket}, region: ${store.region}, endpoint: "${store.endpoint}", forcePathStyle: true }
policies:
  main:
    "avatars/{userId}/*":
      upload: { roles: [authenticated], condition: path.userId == request.auth.sub, maxSize: 5MB, allowedTypes: ["image/png"] }
      download: { roles: [public] }
      delete: { roles: [authenticated], condition: path.userId == request.auth.sub }
`,
});

beforeAll(async () => {
  store = await startStrictStore();
  dir = await mkdtemp(join(tmpdir(), 'stk-storage-'));
  for (const [path, content] of Object.entries(files())) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  stack = await startDevStack(dir, ['--no-watch']);
  const { hubUrl, project, env, databaseUrl } = stack.ready;
  bridge = await startBridgeProcess({
    STK_HUB_URL: hubUrl,
    STK_BRIDGE_TOKEN: JSON.parse(await readFile(join(dir, '.stk/dev/state.json'), 'utf8')).bridgeToken,
    STK_BRIDGE_TARGETS: `${project}/${env}`,
    STK_JOBS_URL: databaseUrl,
    STK_BRIDGE_WORKERS: 'on',
  });
}, 120_000);
afterAll(async () => {
  await bridge?.stop();
  await stack?.stop();
  await store?.[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

async function signUp(email: string): Promise<{ token: string; id: string }> {
  const { hubUrl, project, env } = stack.ready;
  const response = await fetch(`${hubUrl}/endusers/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ project, env, email, password: 'a password of the tests' }),
  });
  const { data } = (await response.json()) as { data: { accessToken: string; user: { id: string } } };
  return { token: data.accessToken, id: data.user.id };
}

it('credentials are given by hand, tried, and reach Bridges that run', async () => {
  const set = ['storage', 'set', 'main', '--access-key-id', store.credentials.accessKeyId, '--secret-access-key', '-'];
  const given = await stk(set, { ...cli(), stdin: `${store.credentials.secretAccessKey}\n` });
  expect([given.code, given.stderr]).toEqual([0, '']);
  expect(await stkJson(['storage', 'test', 'main'], cli())).toMatchObject({ ok: true });
});

it('an avatar is uploaded, named by a row, seen by others, and gone with its row', async () => {
  const [ann, ben] = [await signUp('ann@example.com'), await signUp('ben@example.com')];
  const key = `avatars/${ann.id}/me.png`;
  const size = { contentType: 'image/png', contentLength: PICTURE.length };
  const call = (path: string, params: object, who: { token: string }) => callBridge(bridge.url, path, params, who);
  const signed = async () => await call('storage/main/upload_sign', { key, ...size }, ann);
  let upload = await signed();
  for (let tries = 0; upload.status === 503 && tries < 100; tries++) {
    await sleep(100);
    upload = await signed();
  }
  expect(upload).toMatchObject({ status: 200, body: { data: { method: 'PUT' } } });
  expect((await call('storage/main/upload_sign', { key, ...size }, ben)).status).toBe(403);
  const { url } = upload.body.data;
  const put = (body: string) => fetch(url, { method: 'PUT', body, headers: { 'content-type': 'image/png' } });
  expect((await put(`${PICTURE}, and more`)).status).toBe(403);
  expect((await put(PICTURE)).status).toBe(200);

  const row = await call('db/people/insert', { data: { avatar: key } }, ann);
  expect(row.status).toBe(200);
  const download = await call('storage/main/download_sign', { key }, ben);
  const image = () => fetch(download.body.data.url);
  expect(await (await image()).text()).toBe(PICTURE);

  const where = { avatar: key };
  expect((await call('db/people/delete', { where }, ben)).body).toEqual({ data: { affected: 0 } });
  expect((await call('db/people/delete', { where }, ann)).body).toEqual({ data: { affected: 1 } });
  let status = (await image()).status;
  for (let tries = 0; status === 200 && tries < 100; tries++) {
    await sleep(100);
    status = (await image()).status;
  }
  expect(status).toBe(404);
}, 60_000);
