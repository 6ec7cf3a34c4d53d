import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { createHubClient } from './hub-client.ts';
import { patienceMs } from './patience.ts';
import { sendRequest } from './send-request.ts';

let stop = () => {};
afterEach(() => stop());

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  stop = () => {
    server.close();
    server.closeAllConnections();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it.each<[string, RequestListener]>([
  ['says nothing', () => {}],
  ['stops in the middle of its answer', (_, response) => void response.write('{"data":')],
])('a Hub that %s is given up in time, with the address and the time', async (_, listener) => {
  const hubUrl = await listening(listener);
  const hub = createHubClient({ hubUrl, timeoutMs: 100 });
  const message = `The Hub at ${hubUrl} did not answer within 0.1 s; what was asked for may happen all the same`;
  const expected = { code: 'SERVICE_UNAVAILABLE', exitCode: 1, message };
  await expect(hub.call('whoami', z.object({}))).rejects.toMatchObject(expected);
});

it('what takes long by its nature is waited for longer, and an apply for as long as it may take', () => {
  expect(patienceMs('whoami')).toBeLessThan(patienceMs('schemaPlan'));
  expect(patienceMs('permissionsImpact')).toBeGreaterThan(300_000);
  expect(patienceMs('apply')).toBeGreaterThan(6 * 60 * 60_000);
});

it.each([1_000, 1_000_000])(
  'an answer is read whole, and redirects are not followed, with %i ms to wait',
  async (ms) => {
    const url = await listening(({ url: path }, response) => {
      if (path === '/there') response.writeHead(302, { location: '/' });
      response.end('{"data":1}');
    });
    const request = { method: 'POST', headers: {}, body: '{}' };
    expect(await sendRequest(url, request, ms)).toEqual({ ok: true, status: 200, text: '{"data":1}' });
    await expect(sendRequest(`${url}/there`, request, ms)).rejects.toThrow();
  },
);
