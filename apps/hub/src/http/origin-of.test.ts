import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { HubEnv } from './hub-env.ts';
import { originOf } from './origin-of.ts';

it.each([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['192.0.2.1', '192.0.2.1'],
  ['::1', '::1'],
  ['2001:db8::ffff:1', '2001:db8::ffff:1'],
])('tells the address %s as %s, whatever family the socket is of', async (remoteAddress, ip) => {
  const app = new Hono<HubEnv>().get('/', (context) => context.json(originOf(context)));
  const answer = await app.request('/', {}, { incoming: { socket: { remoteAddress } } });
  expect(await answer.json()).toMatchObject({ ip });
});
