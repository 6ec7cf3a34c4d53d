import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubAnswers, startHubServer } from './hub-server.ts';
import { stk } from './memory-streams.ts';

const project = '/api/v1/projects/shop';
const base = `${project}/envs/dev`;
const ok = (data: unknown) => ({ status: 200, body: { data } });
const at = '2026-01-02T03:04:05.000Z';
const release = {
  releaseId: 'rel_1',
  contentHash: 'sha256:00',
  ref: 'a',
  createdAt: at,
  createdBy: 'op_1',
  current: true,
};
const moved = { ...release, previousReleaseId: 'rel_0' };
const side = { releaseId: 'rel_1', contentHash: 'sha256:00', ref: 'a', env: null };
const comparison = {
  from: side,
  to: side,
  same: false,
  sections: [
    { section: 'auth', differences: [{ path: '/auth/signup', change: 'changed', before: 'open', after: 'closed' }] },
  ],
};
const connection = {
  name: 'main',
  engine: 'postgres',
  host: 'db',
  port: 5432,
  database: 'shop',
  user: 'app',
  version: 1,
  rotatingFrom: null,
  createdAt: at,
  updatedAt: at,
};
const step = {
  connection: 'main',
  table: 'posts',
  class: 'safe',
  what: 'create table',
  sql: 'create table posts ()',
  lock: 'none',
  rewrites: false,
  losesData: false,
};
const applied = {
  releaseId: 'rel_1',
  contentHash: 'sha256:00',
  reused: false,
  ref: 'v1',
  planHash: 'p1',
  plan: [step],
  steps: [{ name: 'validate', status: 'done', ms: 1 }],
  warnings: [],
};
const bridge = {
  instanceId: 'brg_1',
  version: '0.1.0',
  status: 'live',
  releaseId: 'rel_1',
  state: 'FRESH',
  connectionVersions: { main: 1 },
  lastError: null,
  lastSeenAt: at,
  reportedAt: at,
};
const bridges = { releaseId: 'rel_1', minimumBridgeVersion: '0.1.0', items: [bridge] };
const key = { keyId: 'k1', name: 'web', roles: ['reader'], createdAt: at };
const token = { id: 't1', name: 'ci', project: 'shop', role: 'deployer', createdAt: at, expiresAt: at };
const auditItem = {
  id: 'aud_1',
  ts: at,
  actorId: 'op_1',
  actorType: 'operator',
  action: 'release.create',
  project: 'shop',
  env: 'dev',
  detail: { ref: 'v1' },
  ip: null,
  requestId: 'r1',
  traceId: null,
};
const verification = { ok: true, entries: 0, removed: 0, checkpoints: 0, head: null, problems: [] };

describe('the document that --json prints', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'stk-documents-'));
    mkdirSync(join(cwd, 'schema'));
    writeFileSync(join(cwd, 'schema', 'a.yaml'), 'version: 1\n');
  });
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  async function run(answers: HubAnswers, args: readonly string[], stdin = '') {
    const hub = await startHubServer(answers);
    const variables = { STK_HUB_URL: hub.url, STK_PROJECT: 'shop', STK_ENV: 'dev', STK_TOKEN: 'secret-token' };
    const result = await stk([...args, '--json'], { cwd, variables, stdin });
    await hub.stop();
    return { ...result, document: JSON.parse(result.stdout) as unknown, seen: hub.seen, hubUrl: hub.url };
  }

  const documents: [string, string, unknown, unknown?][] = [
    ['release current', `GET ${base}/releases/current`, release],
    ['releases current', `GET ${base}/releases/current`, release],
    ['release show rel_1', `GET ${base}/releases/rel_1`, release],
    ['release show --release-id rel_1', `GET ${base}/releases/rel_1`, release],
    ['releases list', `GET ${base}/releases`, { items: [release] }],
    [
      'release verify rel_1',
      `GET ${base}/releases/rel_1/verify`,
      {
        releaseId: 'rel_1',
        valid: true,
        contentHash: { valid: true, stored: 'sha256:00', computed: 'sha256:00' },
        signature: { valid: true, keyId: 'relkey_1' },
      },
    ],
    ['release compare rel_1', `GET ${project}/releases/rel_1/compare/dev`, comparison],
    ['release compare rel_1 rel_2', `GET ${project}/releases/rel_1/compare/rel_2`, comparison],
    ['release compare --from rel_1 rel_2', `GET ${project}/releases/rel_1/compare/rel_2`, comparison],
    ['release compare --from staging --to prod', `GET ${project}/releases/staging/compare/prod`, comparison],
    ['release promote --from staging --to dev', `POST ${base}/releases/promote`, moved],
    ['release promote rel_1 --from staging --to dev', `POST ${base}/releases/promote`, moved],
    ['release rollback rel_1', `POST ${base}/releases/rollback`, moved],
    ['release rollback --to-release-id rel_1', `POST ${base}/releases/rollback`, moved],
    ['connections list', `GET ${base}/connections`, { items: [connection] }],
    ['connection show main', `GET ${base}/connections/main`, connection],
    [
      'connections test --name main',
      `POST ${base}/connections/main/test`,
      { ok: true, serverVersion: '18.1', latencyMs: 2 },
    ],
    ['apikey create web --roles reader', `POST ${base}/apikeys`, { ...key, key: 'stk_key_k1_x' }],
    ['apikeys list', `GET ${base}/apikeys`, { items: [key] }],
    ['apikey revoke k1', `DELETE ${base}/apikeys/k1`, {}, { keyId: 'k1', revoked: true }],
    ['apikey revoke --key-id k1', `DELETE ${base}/apikeys/k1`, {}, { keyId: 'k1', revoked: true }],
    ['token create ci', 'POST /api/v1/tokens', { ...token, token: 'stk_pat_x' }],
    ['tokens list', 'GET /api/v1/tokens', { items: [token] }],
    ['token revoke t1', 'DELETE /api/v1/tokens/t1', {}, { id: 't1', revoked: true }],
    ['project create shop', 'POST /api/v1/projects', { name: 'shop', org: 'acme', createdAt: at }],
    ['projects list', 'GET /api/v1/projects', { items: [{ name: 'shop', org: 'acme', createdAt: at }] }],
    [
      'env create dev',
      'POST /api/v1/projects/shop/envs',
      { name: 'dev', project: 'shop', protected: false, createdAt: at },
    ],
    ['envs list', 'GET /api/v1/projects/shop/envs', { items: [] }],
    ['org list', 'GET /api/v1/orgs', { items: [{ name: 'acme', createdAt: at }] }],
    ['schema plan', `POST ${base}/schema/plan`, { planHash: 'p1', plan: [step], warnings: [] }],
    ['schema drift', `POST ${base}/schema/drift`, { drift: [] }],
    ['bridge status', `GET ${base}/bridges`, bridges],
    [
      'bridges versions',
      `GET ${base}/bridges`,
      bridges,
      { minimumBridgeVersion: '0.1.0', items: [{ version: '0.1.0', instances: ['brg_1'], sufficient: true }] },
    ],
    [
      'audit log --action release.* --since 2026-01-01 --actor a@example.com --env dev --limit 2',
      'GET /api/v1/projects/shop/audit?env=dev&action=release.*&since=2026-01-01T00%3A00%3A00.000Z&actor=a%40example.com&limit=2',
      { items: [auditItem] },
    ],
    [
      'logs --bridge brg_1 --level warn --since 2026-01-01 --limit 5',
      `GET ${base}/logs?bridge=brg_1&level=warn&since=2026-01-01T00%3A00%3A00.000Z&limit=5`,
      { items: [] },
    ],
    ['audit verify', 'GET /api/v1/projects/shop/audit/verify', verification],
    ['apply --ref v1', `POST ${base}/apply`, applied],
  ];
  it.each(documents)('of %s is that of the contract', async (line, route, data, expected = data) => {
    const result = await run({ [route]: ok(data) }, line.split(' '));
    expect(result.stdout.trim().split('\n')).toHaveLength(1);
    expect(result.document).toEqual(expected);
    expect([result.exitCode, result.stderr]).toEqual([0, '']);
    expect(result.seen).toHaveLength(1);
    expect(result.seen[0]?.authorization).toBe('Bearer secret-token');
  });

  it('of release promote and rollback is asked for by the id that was given', async () => {
    const promoted = await run({ [`POST ${base}/releases/promote`]: ok(moved) }, [
      ...['release', 'promote', '--from', 'staging', '--to', 'dev', '--release-id', 'rel_1'],
    ]);
    expect(promoted.seen[0]?.body).toEqual({ from: 'staging', releaseId: 'rel_1', force: false });
    const answers = { [`POST ${base}/releases/rollback`]: ok(moved) };
    expect((await run(answers, ['release', 'rollback', 'rel_1', '--force'])).seen[0]?.body).toEqual({
      releaseId: 'rel_1',
      force: true,
    });
  });

  it('of release verify is of the current release by default, and ends with 1 when it was tampered with', async () => {
    const verification = {
      releaseId: 'rel_1',
      valid: false,
      contentHash: { valid: false, stored: 'sha256:00', computed: null },
      signature: { valid: true, keyId: 'relkey_1' },
    };
    const result = await run(
      {
        [`GET ${base}/releases/current`]: ok(release),
        [`GET ${base}/releases/rel_1/verify`]: ok(verification),
      },
      ['release', 'verify'],
    );
    expect([result.exitCode, result.document]).toEqual([1, verification]);
  });

  it('of schema plan with destructive steps ends with 0: it only shows', async () => {
    const plan = [{ ...step, class: 'destructive', rows: 12 }];
    const result = await run({ [`POST ${base}/schema/plan`]: ok({ planHash: 'p', plan, warnings: [] }) }, [
      'schema',
      'plan',
    ]);
    expect([result.exitCode, result.document]).toEqual([0, { planHash: 'p', plan, warnings: [] }]);
  });

  it('of connections set never holds the URL, which may come from standard input', async () => {
    const url = 'postgres://app:secret@db/shop';
    const answers = { [`PUT ${base}/connections/main`]: ok(connection) };
    const result = await run(answers, ['connections', 'set', 'main', '--db-url', '-'], `${url}\n`);
    expect(result.seen[0]?.body).toEqual({ engine: 'postgres', url });
    expect(result.document).toEqual(connection);
    expect(result.stdout + result.stderr).not.toContain('secret');
  });

  it('of apply sends what the flags say', async () => {
    const answers = { [`POST ${base}/apply`]: ok({ ...applied, releaseId: null, contentHash: null }) };
    const args = ['apply', '--only', 'schema,permissions', '--dry-run', '--force', '--plan', 'p1', '--ref', 'v1'];
    const { seen, document } = await run(answers, args);
    expect(seen[0]?.body).toEqual({
      files: [{ path: 'schema/a.yaml', content: 'version: 1\n' }],
      ref: 'v1',
      only: ['schema', 'permissions'],
      dryRun: true,
      force: true,
      planHash: 'p1',
    });
    expect(document).toMatchObject({ releaseId: null });
  });

  it('of apply --yes confirms exactly the plan that destroys', async () => {
    const answers: HubAnswers = {
      [`POST ${base}/apply`]: ({ body }) =>
        (body as { force: boolean }).force
          ? ok(applied)
          : { status: 409, body: { error: { code: 'DESTRUCTIVE_CHANGE', message: 'It drops posts' } } },
      [`POST ${base}/schema/plan`]: ok({ planHash: 'p9', plan: [step], warnings: [] }),
    };
    expect((await run(answers, ['apply'])).exitCode).toBe(3);
    const confirmed = await run(answers, ['apply', '--yes']);
    expect([confirmed.exitCode, confirmed.document]).toEqual([0, applied]);
    expect(confirmed.seen.at(-1)?.body).toMatchObject({ force: true, planHash: 'p9' });
    // The database may have moved on in between: what was named is then refused by the Hub, not replaced.
    const named = await run(answers, ['apply', '--yes', '--plan', 'p1']);
    expect(named.seen.at(-1)?.body).toMatchObject({ force: true, planHash: 'p1' });
  });

  describe('of schema pull', () => {
    const pulled = {
      tables: ['album'],
      skipped: [{ table: 'log', reason: 'it has no primary key' }],
      files: [{ path: 'schema/album.yaml', content: 'version: 1\ntables: {}\n' }],
    };
    const answers = { [`POST ${base}/schema/pull`]: ok(pulled) };

    it('names the files that were written', async () => {
      const result = await run(answers, ['schema', 'pull']);
      expect(result.document).toEqual({ ...pulled, files: ['schema/album.yaml'] });
      expect(readFileSync(join(cwd, 'schema/album.yaml'), 'utf8')).toBe('version: 1\ntables: {}\n');
    });

    it('is a refusal with nothing written when a file differs, unless it is forced', async () => {
      writeFileSync(join(cwd, 'schema/album.yaml'), 'mine');
      const refused = await run(answers, ['schema', 'pull']);
      expect([refused.exitCode, readFileSync(join(cwd, 'schema/album.yaml'), 'utf8')]).toEqual([3, 'mine']);
      expect((await run(answers, ['schema', 'pull', '--force'])).exitCode).toBe(0);
      expect((await run(answers, ['schema', 'pull'])).exitCode).toBe(0);
    });

    it.each(['../x.yaml', 'schema/../../x.yaml', '/etc/x.yaml', 'schema/a/b.yaml', 'schema/x.sh', 'schema/.x.yaml'])(
      'never writes to %s, whatever a Hub says',
      async (path) => {
        const result = await run({ [`POST ${base}/schema/pull`]: ok({ ...pulled, files: [{ path, content: 'x' }] }) }, [
          'schema',
          'pull',
        ]);
        expect(result.exitCode).toBe(1);
        expect(existsSync(join(cwd, path))).toBe(false);
      },
    );
  });

  it('of login holds no token; the token is kept for this Hub, mode 600, and logout forgets it', async () => {
    const operator = { id: 'op_1', email: 'a@example.com', name: null };
    const hub = await startHubServer({
      'POST /api/v1/login': ok({ token: 'session-token', expiresAt: at, operator }),
      'GET /api/v1/me': ok({ operator, orgs: [{ name: 'acme', role: 'owner' }], totp: false }),
      'POST /api/v1/logout': ok({}),
    });
    const variables = { STK_HUB_URL: `${hub.url}/` };
    const options = { cwd, variables, stdin: 'a long password\n' };
    const login = await stk(['login', '--email', 'a@example.com', '--password', '-', '--json'], options);
    expect(JSON.parse(login.stdout)).toEqual({ hubUrl: hub.url, operator, expiresAt: at });
    expect(hub.seen[0]?.body).toEqual({ email: 'a@example.com', password: 'a long password' });
    const file = join(cwd, 'config-home/santokit/credentials.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const whoami = await stk(['whoami', '--json'], options);
    expect(JSON.parse(whoami.stdout)).toEqual({
      hubUrl: hub.url,
      operator,
      orgs: [{ name: 'acme', role: 'owner' }],
      totp: false,
    });
    expect(hub.seen[1]?.authorization).toBe('Bearer session-token');

    expect((await stk(['logout', '--json'], options)).exitCode).toBe(0);
    expect(readFileSync(file, 'utf8')).not.toContain('session-token');
    expect((await stk(['whoami'], options)).exitCode).toBe(5);
    await hub.stop();
  });

  it('of a log that is longer than a page holds all pages', async () => {
    const path = 'GET /api/v1/projects/shop/audit?limit=';
    const answers = {
      [`${path}1000`]: ok({ items: [auditItem, auditItem], next: 'aud_1' }),
      [`${path}998&before=aud_1`]: ok({ items: [auditItem] }),
    };
    expect((await run(answers, ['audit', 'log'])).document).toEqual({ items: [auditItem, auditItem, auditItem] });
  });

  it('of a log that was tampered with ends with 1', async () => {
    const found = { ...verification, ok: false, problems: [{ seq: 3, id: 'aud_3', what: 'it is odd' }] };
    const result = await run({ 'GET /api/v1/projects/shop/audit/verify': ok(found) }, ['audit', 'verify']);
    expect([result.exitCode, result.document]).toEqual([1, found]);
  });

  it('of help is one document too', async () => {
    const result = await stk(['apply', '--help', '--json'], { cwd });
    expect(JSON.parse(result.stdout)).toEqual({ help: expect.stringContaining('--dry-run') });
  });
});
