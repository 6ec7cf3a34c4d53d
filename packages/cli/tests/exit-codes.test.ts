import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ERROR_CODES } from '@santokit/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHubServer } from './hub-server.ts';
import { stk } from './memory-streams.ts';

const base = '/api/v1/projects/shop/envs/dev';
const apply = `POST ${base}/apply`;
const PROVIDER = [
  ...['oidc', 'set', 'google', '--issuer', 'https://accounts.google.com', '--client-id', 'hub'],
  ...['--redirect-uri', 'https://app.example.com/'],
];
const failure = (code: keyof typeof ERROR_CODES, details?: unknown) => ({
  status: ERROR_CODES[code].status,
  body: { error: { code, message: `It was ${code}`, ...(details === undefined ? {} : { details }) } },
});

describe('what stk exits with', () => {
  let cwd: string;
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'stk-exit-'));
    mkdirSync(join(cwd, 'schema'));
    writeFileSync(join(cwd, 'schema', 'a.yaml'), 'version: 1\n');
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  const context = (url: string) => ({
    STK_HUB_URL: url,
    STK_PROJECT: 'shop',
    STK_ENV: 'dev',
    STK_TOKEN: 'secret-token',
  });

  const refusals = [
    ['BAD_REQUEST', 1],
    ['SCHEMA_VALIDATION_FAILED', 1],
    ['NOT_FOUND', 1],
    ['CONFLICT', 1],
    ['INTERNAL_ERROR', 1],
    ['SERVICE_UNAVAILABLE', 1],
    ['DESTRUCTIVE_CHANGE', 3],
    ['RELEASE_BLOCKED', 3],
    ['SCHEMA_DRIFT', 4],
    ['UNAUTHORIZED', 5],
    ['FORBIDDEN', 5],
  ] as const;
  it.each(refusals)(
    'an apply that the Hub answers with %s ends with %i, in words and in JSON',
    async (code, exitCode) => {
      const hub = await startHubServer({ [apply]: failure(code, { some: 'detail' }) });
      const options = { cwd, variables: context(hub.url) };
      const inWords = await stk(['apply'], options);
      expect(inWords).toEqual({ exitCode, stdout: '', stderr: `error: It was ${code}\n` });
      const inJson = await stk(['apply', '--json'], options);
      expect(inJson.exitCode).toBe(exitCode);
      expect(inJson.stderr).toBe('');
      expect(inJson.stdout.endsWith('}\n')).toBe(true);
      expect(JSON.parse(inJson.stdout)).toEqual({
        error: { code, message: `It was ${code}`, details: { some: 'detail' } },
      });
      await hub.stop();
    },
  );

  const wrongUsage: [string, string[]][] = [
    ['an unknown command', ['serve']],
    ['an unknown verb', ['project', 'destroy']],
    ['no verb', ['project']],
    ['no command', []],
    ['an unknown flag', ['apply', '--fast']],
    ['a flag without its value', ['apply', '--ref']],
    ['too many arguments', ['release', 'show', 'a', 'b']],
    ['a thing that is not named', ['release', 'show']],
    ['two different answers for the thing', ['release', 'show', 'a', '--release-id', 'b']],
    ['a promotion that names no source', ['release', 'promote', '--to', 'prod']],
    ['a promotion that names no target', ['release', 'promote', 'rel_1', '--from', 'dev']],
    ['a promotion to what is no env', ['release', 'promote', '--from', 'dev', '--to', 'Prod!']],
    ['a rollback that names no release', ['release', 'rollback']],
    ['a rollback to two releases', ['release', 'rollback', 'rel_1', '--to-release-id', 'rel_2']],
    ['a comparison of nothing', ['release', 'compare']],
    ['a comparison with three sides', ['release', 'compare', 'a', 'b', '--from', 'c']],
    ['a value that is not a choice', ['connections', 'set', 'main', '--engine', 'foxpro', '--db-url', 'x://']],
    ['a database URL that is none', ['connections', 'set', 'main', '--db-url', 'main']],
    ['a database URL that is empty', ['connections', 'rotate', 'main', '--db-url', '']],
    ['an env that is empty', ['apply', '--env', '']],
    ['a project that is empty', ['release', 'list', '--project', '']],
    ['a token that is empty', ['whoami', '--token', '']],
    ['a name that a URL has no room for', ['env', 'remove', '..', '--yes']],
    ['an id that a URL has no room for', ['apikey', 'revoke', '.']],
    ['a number that is none', ['apikey', 'create', 'k', '--roles', 'a', '--expires-in-days', 'soon']],
    [
      'a provider without an issuer',
      ['oidc', 'set', 'google', '--client-id', 'a', '--redirect-uri', 'https://a.test/'],
    ],
    ['roles of no claim', [...PROVIDER, '--map-role', 'staff=editor']],
    ['a claim without roles', [...PROVIDER, '--roles-claim', 'groups']],
    ['a role of no value', [...PROVIDER, '--roles-claim', 'groups', '--map-role', '=editor']],
    ['an issuer that is none', [...PROVIDER, '--issuer', 'http://id.example.com']],
    ['an empty secret', [...PROVIDER, '--client-secret', '-']],
    ['a timeout that is none', ['bridge', 'force-sync', '--timeout', 'soon']],
    ['a service token that is not given', ['bridge', 'test-hub']],
    ['a service token that no header can carry', ['bridge', 'test-hub', '--bridge-token', 'a b']],
    ['an instant that is none', ['audit', 'log', '--since', 'tuesday']],
    ['no entries at all', ['audit', 'log', '--limit', '0']],
    ['a user that is not named', ['users', 'disable']],
    ['roles that are not given', ['users', 'set-roles', 'usr_1']],
    ['a role that everybody has', ['users', 'set-roles', 'usr_1', '--roles', 'public']],
    ['no users at all', ['users', 'list', '--limit', '0']],
    ['a search for nothing', ['users', 'list', '--search', '']],
    ['a token that is not given', ['auth', 'verify-token']],
    ['no roles', ['apikey', 'create', 'k', '--roles', ',']],
    ['an action that is none', ['audit', 'log', '--action', 'releases']],
    ['no part', ['apply', '--only', '']],
    ['a plan that is empty', ['apply', '--force', '--plan', '']],
    ['a ref that is empty', ['apply', '--ref', '']],
    ['a part that is none', ['apply', '--only', 'schema,tables']],
    ['a name that is none', ['project', 'create', 'Not a name']],
    ['a role that is none', ['org', 'set-role', 'a@example.com', '--role', 'king']],
    ['no role', ['project', 'set-role', 'a@example.com']],
    ['an address that is none', ['org', 'invite', 'nobody', '--org', 'acme']],
    ['nobody', ['org', 'remove']],
    ['too short a password', ['org', 'accept', 'stk_invite_x', '--password', '']],
    ['a Hub that is no URL', ['whoami', '--hub-url', 'hub']],
    ['a Hub URL with a password', ['whoami', '--hub-url', 'http://a:b@hub']],
    ['a folder that is not there', ['apply', '--dir', 'nowhere']],
    ['a port that is none', ['dev', '--hub-port', '70000']],
    ['a database that is none', ['dev', '--db-url', 'mysql://x']],
  ];
  it.each(wrongUsage)('%s is wrong usage: 2, one line, one document', async (_, args) => {
    const options = { cwd, variables: context('http://127.0.0.1:9') };
    expect((await stk(args, options)).exitCode).toBe(2);
    const inJson = await stk([...args, '--json'], options);
    expect(inJson.exitCode).toBe(2);
    const { error } = JSON.parse(inJson.stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe('BAD_REQUEST');
    expect(error.message).not.toMatch(/\n|^error|\bat .*\.ts/);
  });

  it.each([
    [['apikey', 'create', 'k', '--roles', ','], 'roles: must not be empty'],
    [['apikey', 'create', 'k', '--roles', 'a', '--expires-in-days', '0'], 'expiresInDays: at least 1'],
    [['token', 'create', 'ci', '--expires-in-days', '9999'], 'expiresInDays: at most 366'],
  ])('a value out of bounds is told in plain words: %j', async (args, message) => {
    const result = await stk(args, { cwd, variables: context('http://127.0.0.1:9') });
    expect(result.stderr).toBe(`error: ${message}\n`);
  });

  it.each([
    ['STK_HUB_URL', '--hub-url'],
    ['STK_PROJECT', '--project'],
    ['STK_ENV', '--env'],
  ])('a missing %s is wrong usage that says how to give it', async (variable, flag) => {
    const { [variable as 'STK_ENV']: _, ...variables } = context('http://127.0.0.1:9');
    const result = await stk(['apply'], { cwd, variables });
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain(flag);
    expect(result.stderr).toContain(variable);
  });

  it('no token for this Hub is "not allowed"', async () => {
    const { STK_TOKEN: _, ...variables } = context('http://127.0.0.1:9');
    const result = await stk(['apply'], { cwd, variables });
    expect(result.exitCode).toBe(5);
    expect(result.stderr).toContain('stk login');
  });

  it('a Hub that is down is a failure in one line', async () => {
    const hub = await startHubServer({});
    await hub.stop();
    const result = await stk(['apply'], { cwd, variables: context(hub.url) });
    expect(result).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: Cannot reach the Hub at ${hub.url}: nothing listens there\n`,
    });
  });

  it.each([
    ['a page of a proxy', { status: 502, body: '<html>bad gateway</html>' }],
    ['JSON without an envelope', { status: 200, body: [] }],
    ['another shape of data', { status: 200, body: { data: { releases: 3 } } }],
    ['an error code of another world', { status: 418, body: { error: { code: 'TEAPOT', message: 'x' } } }],
  ])('%s in place of an answer is a failure in one line', async (_, answer) => {
    const hub = await startHubServer({ [apply]: answer });
    const result = await stk(['apply'], { cwd, variables: context(hub.url) });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/^error: [^\n]+\n$/);
    await hub.stop();
  });

  it('drift that was found ends with 4 and is listed', async () => {
    const drift = [{ connection: 'main', table: 'posts', what: 'column title', expected: 'text', actual: null }];
    const hub = await startHubServer({ [`POST ${base}/schema/drift`]: { status: 200, body: { data: { drift } } } });
    const options = { cwd, variables: context(hub.url) };
    const inJson = await stk(['schema', 'drift', '--json'], options);
    expect([inJson.exitCode, JSON.parse(inJson.stdout)]).toEqual([4, { drift }]);
    const inWords = await stk(['schema', 'drift'], options);
    expect(inWords.stdout).toBe('main/posts: column title: expected text, found nothing\n');
    await hub.stop();
  });

  it('problems in project files are one a line, as editors link them', async () => {
    const problems = [
      { file: 'schema/a.yaml', line: 3, column: 7, message: 'unknown type "strin"' },
      { file: 'config/permissions.yaml', line: 1, column: 1, message: 'no such table' },
    ];
    const hub = await startHubServer({ [apply]: failure('SCHEMA_VALIDATION_FAILED', { problems }) });
    const result = await stk(['apply'], { cwd, variables: context(hub.url) });
    expect(result.stderr.split('\n').slice(1)).toEqual([
      'schema/a.yaml:3:7: unknown type "strin"',
      'config/permissions.yaml:1:1: no such table',
      '',
    ]);
    await hub.stop();
  });

  it('a refusal shows the steps that it is about', async () => {
    const plan = [
      {
        connection: 'main',
        table: 'posts',
        class: 'destructive',
        what: 'drop column x',
        sql: 'drop x',
        lock: '',
        rewrites: false,
        losesData: true,
        rows: 3,
      },
      {
        connection: 'main',
        table: 'posts',
        class: 'safe',
        what: 'widen y',
        sql: 'widen y',
        lock: '',
        rewrites: true,
        losesData: false,
        rows: 1200,
        rowsEstimated: true,
      },
    ];
    const hub = await startHubServer({ [apply]: failure('DESTRUCTIVE_CHANGE', { plan }) });
    const result = await stk(['apply'], { cwd, variables: context(hub.url) });
    expect(result.stderr.split('\n').slice(1)).toEqual([
      '! destructive main/posts: drop column x (3 rows, loses data)',
      '    drop x',
      '+ safe        main/posts: widen y (about 1200 rows, rewrites the table)',
      '    widen y',
      '',
    ]);
    await hub.stop();
  });

  it('a refusal shows the Bridges that are too old, and nothing that a terminal would obey', async () => {
    const instances = [{ instanceId: 'brg_1', version: '0.0.9\u001b[2J' }];
    const hub = await startHubServer({ [apply]: failure('RELEASE_BLOCKED', { instances }) });
    const result = await stk(['apply', '--check-bridge-versions'], { cwd, variables: context(hub.url) });
    expect(result.stderr.split('\n').slice(1)).toEqual(['  brg_1: version 0.0.9\ufffd[2J', '']);
    expect(hub.seen[0]?.body).toMatchObject({ checkBridgeVersions: true, force: false });
    await hub.stop();
  });

  it('a token is never sent on to where a Hub redirects', async () => {
    const target = await startHubServer({});
    const hub = await startHubServer({ [apply]: { status: 307, body: '', location: target.url } });
    const result = await stk(['apply'], { cwd, variables: context(hub.url) });
    expect(result.exitCode).toBe(1);
    expect(target.seen).toEqual([]);
    await Promise.all([hub.stop(), target.stop()]);
  });

  it('the removal of a user has to be confirmed where nobody can be asked, and removes nothing before', async () => {
    const route = `DELETE ${base}/users/usr_1`;
    const hub = await startHubServer({ [route]: { status: 200, body: { data: { id: 'usr_1', deleted: true } } } });
    const options = { cwd, variables: context(hub.url) };
    const refused = await stk(['users', 'delete', 'usr_1', '--json'], options);
    expect([refused.exitCode, JSON.parse(refused.stdout).error.code]).toEqual([3, 'DESTRUCTIVE_CHANGE']);
    expect(hub.seen).toEqual([]);
    expect((await stk(['users', 'delete', 'usr_1', '--yes'], options)).exitCode).toBe(0);
    expect(hub.seen).toHaveLength(1);
    await hub.stop();
  });

  it.each([
    ['an env that is promoted to itself', ['release', 'promote', '--from', 'dev', '--to', 'dev'], 'rollback'],
    ['a role with a blank in it', ['apikey', 'create', 'web', '--roles', 'a b'], 'roles.0: is no role'],
    ['a role of a user with a blank in it', ['users', 'set-roles', 'usr_1', '--roles', 'a,b c'], 'roles.1: is no role'],
  ])('%s is wrong usage, and nothing is asked of the Hub', async (_, args, says) => {
    const hub = await startHubServer({});
    const { exitCode, stderr } = await stk(args, { cwd, variables: context(hub.url) });
    expect([exitCode, hub.seen]).toEqual([2, []]);
    expect(stderr).toContain(says);
    await hub.stop();
  });
});
