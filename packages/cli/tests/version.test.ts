import { tmpdir } from 'node:os';
import { SANTOKIT_VERSION } from '@santokit/contract';
import { expect, it, onTestFinished } from 'vitest';
import { startHubServer } from './hub-server.ts';
import { stk } from './memory-streams.ts';

const at = '2026-01-01T00:00:00.000Z';
const bridge = (instanceId: string, version: string, status: string) => ({
  ...{ instanceId, version, status, lastSeenAt: at, reportedAt: at },
  ...{ releaseId: null, state: 'EMPTY', connectionVersions: {}, lastError: null },
});
const BRIDGES = {
  releaseId: null,
  minimumBridgeVersion: '0.1.0',
  items: [
    bridge('b1', '0.1.0', 'live'),
    bridge('b2', '0.1.0', 'live'),
    bridge('b3', '0.2.0', 'live'),
    bridge('b4', '0.0.9', 'lost'),
  ],
};

async function versions(variables: Readonly<Record<string, string>>, ...flags: string[]) {
  const hub = await startHubServer({
    'GET /version': { status: 200, body: { data: { version: '0.1.5' } } },
    'GET /api/v1/projects/shop/envs/dev/bridges': { status: 200, body: { data: BRIDGES } },
  });
  onTestFinished(() => hub.stop());
  const all = { STK_HUB_URL: hub.url, ...variables };
  const { exitCode, stdout } = await stk(['version', '--all', ...flags], { cwd: tmpdir(), variables: all });
  return { exitCode, stdout, hubUrl: hub.url };
}
const SIGNED_IN = { STK_PROJECT: 'shop', STK_ENV: 'dev', STK_TOKEN: 'token' };

it('version --all shows stk, Node, Hub and the live Bridges of the env', async () => {
  const { exitCode, stdout, hubUrl } = await versions(SIGNED_IN, '--json');
  expect([exitCode, JSON.parse(stdout)]).toEqual([
    0,
    {
      version: SANTOKIT_VERSION,
      node: process.versions.node,
      hub: { url: hubUrl, version: '0.1.5' },
      bridges: [
        { version: '0.1.0', bridges: 2 },
        { version: '0.2.0', bridges: 1 },
      ],
    },
  ]);
  expect((await versions(SIGNED_IN)).stdout).toContain('\nbridges 0.1.0 (2), 0.2.0 (1)\n');
});

it.each<[string, Record<string, string>]>([
  ['nobody is signed in', { STK_PROJECT: 'shop', STK_ENV: 'dev', STK_TOKEN: '' }],
  ['no env is given', { STK_TOKEN: 'token' }],
  ['the env is not known', { ...SIGNED_IN, STK_ENV: 'other' }],
  ['the Hub does not answer', { ...SIGNED_IN, STK_HUB_URL: 'http://127.0.0.1:9' }],
])('version --all shows what it can where %s', async (_, variables) => {
  const { exitCode, stdout } = await versions(variables, '--json');
  expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { version: SANTOKIT_VERSION, bridges: null }]);
});
