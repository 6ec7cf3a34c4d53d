import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { HubRoute } from '../src/http/route.ts';
import { ROUTES } from '../src/routes.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const MARK = 'plantedsecret';
/** What the name of a member that carries a secret looks like. */
const SECRETIVE = /pass|secret|token|url|code|private|credential/i;
/** Where its schema wants it to look like something. */
const SECRETS: Readonly<Record<string, unknown>> = {
  url: `postgres://someone:${MARK}@127.0.0.1:1/none?options=${MARK}`,
};
const PLAIN: Readonly<Record<string, unknown>> = {
  name: 'some',
  email: 'some@example.com',
  org: 'acme',
  project: 'shop',
  env: 'dev',
  role: 'viewer',
  projectRole: 'viewer',
  roles: ['reader'],
  engine: 'postgres',
  issuer: 'https://id.example.com',
  clientId: 'hub',
  redirectUris: ['https://app.example.com/signed-in'],
  ref: 'x',
  from: 'prod',
  protected: false,
  files: Object.entries(SHOP_FILES).map(([path, content]) => ({ path, content })),
};
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
});
afterAll(() => hub.stop());

const VALUES: Readonly<Record<string, string>> = { o: 'acme', p: 'shop', e: 'dev', name: 'other' };
const pathOf = (route: HubRoute) => route.path.replace(/\{(\w+)\}/g, (_, name: string) => VALUES[name] ?? 'some');
const memberNames = ({ body }: HubRoute) =>
  body === undefined ? [] : Object.keys(z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' }).properties ?? {});

/** A body as the route's schema wants it, with a mark wherever a secret goes. */
function bodyOf(route: HubRoute): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const name of memberNames(route)) {
    if (SECRETIVE.test(name)) body[name] = SECRETS[name] ?? `${MARK}-as-${name}`;
    else if (name in PLAIN) body[name] = PLAIN[name];
  }
  return body;
}

it('there are routes whose bodies carry secrets', () => {
  const names = ROUTES.flatMap(memberNames).filter((name) => SECRETIVE.test(name));
  expect(names).toEqual(expect.arrayContaining(['password', 'token', 'url', 'code']));
});

it('no secret that comes in a body, a header or a query gets into the audit log, done or refused', async () => {
  const viewer = await hub.personalToken('viewer');
  const statuses = new Map<number, number>();
  for (const route of ROUTES.filter(({ name }) => name !== 'logout')) {
    const body = route.method === 'GET' ? undefined : bodyOf(route);
    const requests = [
      { path: pathOf(route), token: hub.token, body },
      { path: pathOf(route), token: hub.token, body: body && { ...body, secret: MARK } },
      { path: pathOf(route), token: viewer, body },
      { path: pathOf(route), token: `stk_session_${MARK}`, body },
      { path: `${pathOf(route)}?token=${MARK}`, token: '', body },
    ];
    for (const { path, ...call } of requests) {
      const { status } = await hub.call(`${route.method} ${path}`, call);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  }
  await hub.call('GET /internal/targets', { token: MARK });
  for (const status of [200, 201, 401, 403]) expect([status, (statuses.get(status) ?? 0) > 0]).toEqual([status, true]);
  const rows = await hub.store`select log::text as row from audit_log log`;
  expect(rows.length).toBeGreaterThan(60);
  expect(rows.filter(({ row }) => row.toLowerCase().includes(MARK))).toEqual([]);
});
