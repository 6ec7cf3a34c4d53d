import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type HubAnswers, startHubServer } from './hub-server.ts';
import { stk } from './memory-streams.ts';

const LOGIN: HubAnswers = {
  'POST /api/v1/login': {
    status: 200,
    body: {
      data: {
        token: 'session-token',
        expiresAt: '2026-01-01T00:00:00.000Z',
        operator: { id: 'op_1', email: 'a@example.com', name: null },
      },
    },
  },
};

async function signedIn(answers: HubAnswers) {
  const hub = await startHubServer({ ...LOGIN, ...answers });
  const cwd = mkdtempSync(join(tmpdir(), 'stk-logout-'));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  const options = { cwd, variables: { STK_HUB_URL: hub.url }, stdin: 'pass\n' };
  expect((await stk(['login', '--email', 'a@example.com', '--password', '-'], options)).exitCode).toBe(0);
  return { hub, options };
}

it('stk logout without the Hub forgets the session here and says that it goes on there', async () => {
  const { hub, options } = await signedIn({});
  await hub.stop();
  const result = await stk(['logout', '--json'], options);
  expect(result.exitCode).toBe(1);
  expect(JSON.parse(result.stdout)).toMatchObject({
    error: { code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('Forgotten on this machine') },
  });
  expect((await stk(['whoami'], options)).stderr).toContain('stk login');
});

it('stk logout of a session that the Hub has ended already is done', async () => {
  const ended = { status: 401, body: { error: { code: 'UNAUTHORIZED', message: 'It has expired' } } };
  const { hub, options } = await signedIn({ 'POST /api/v1/logout': ended });
  onTestFinished(() => hub.stop());
  const result = await stk(['logout', '--json'], options);
  expect([result.exitCode, JSON.parse(result.stdout)]).toEqual([0, { hubUrl: hub.url, signedOut: true }]);
});
