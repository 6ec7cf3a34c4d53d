import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerFaults } from './support/fuzz/answer-faults.ts';
import { answersOn, type WireAnswer } from './support/fuzz/answers-on-wire.ts';
import { hostileWire, type Wire } from './support/fuzz/hostile-wire.ts';
import { SMUGGLED } from './support/fuzz/smuggling-request.ts';
import { SECRET, Vault, vaultRelease } from './support/fuzz/vault.ts';
import { rawRequest } from './support/raw-request.ts';
import { type BridgeClient, Stage } from './support/stage.ts';

/** Hostile connections of a run, most of them with one request; more for a longer search. */
const CONNECTIONS = Number(process.env.STK_TEST_FUZZ ?? 1_500);
/** No answer may hold it: it stands in what no caller may be shown. */
const LEAKS = /select "|from "|at .*\.ts:\d|at .*\.js:\d|node_modules|syntax error|password/i;
/** A server may wait for what was announced, and for the end of what is no HTTP. */
const UNFINISHED_MS = 30;
const ODD_MS = 1_000;

const stage = new Stage();
let vault: Vault;
let bridge: BridgeClient;
let wires: fc.Arbitrary<Wire>;

beforeAll(async () => {
  await stage.open();
  vault = new Vault(stage.databaseUrl);
  await vault.fill();
  stage.apply(vaultRelease());
  bridge = await (await stage.bridge({ logLevel: 'fatal' })).ready();
  const token = await stage.token({ sub: 'u1', exp: Math.floor(Date.now() / 1_000) + 7_200 });
  wires = hostileWire([`x-santokit-api-key: ${stage.admin.key}`, `authorization: Bearer ${token}`]);
});
afterAll(async () => {
  await vault.close();
  await stage.close();
});

describe('hostile requests', () => {
  it('are answered as the contract says, never with a 5xx, one by one, and tell and change nothing that is hidden', {
    timeout: 3_600_000,
  }, async () => {
    const before = await vault.content();
    const statuses = new Map<string, number>();
    const property = fc.asyncProperty(wires, async (wire) => {
      for (const answer of await answersTo(wire)) {
        const status = isBare(answer) ? 'bare 400' : String(answer.status);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    });
    await fc.assert(property, { numRuns: CONNECTIONS });
    process.stdout.write(`Statuses of hostile requests: ${JSON.stringify(Object.fromEntries(statuses))}\n`);
    expect(await vault.content()).toBe(before);
    expect(before).toContain(SECRET);
    expect(await vault.named(SMUGGLED)).toBe(0);
    for (const status of ['200', '400', '401', '403', '404', '409', '415', 'bare 400'])
      expect([status, statuses.get(status) ?? 0]).toEqual([status, expect.toSatisfy((count: number) => count > 0)]);
    expect(statuses.get('200')).toBeGreaterThan(CONNECTIONS / 10);
  });

  it('leave no memory behind', { timeout: 600_000 }, async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const round = async () => {
      for (const wire of fc.sample(wires, { numRuns: 150, seed: 7 })) await sent(wire);
      for (let n = 0; n < 300; n++) await bridge.call('db/posts/select', { where: { [`x${n}`]: n } });
      collect();
      return process.memoryUsage().heapUsed;
    };
    // Caches fill up at first; what grows after that does not stop.
    await round();
    const before = await round();
    const after = await round();
    expect(after - before).toBeLessThan(8 * 1_048_576);
  });
});

/** What a connection is answered with, found to be right. */
async function answersTo(wire: Wire): Promise<WireAnswer[]> {
  const { methods, isOdd, isUnfinished } = wire;
  const answers = answersOn(await sent(wire), methods);
  // To what is no HTTP, and to what breaks off, the parser has the last word.
  const last = answers.at(-1);
  const told = isOdd && last !== undefined && isBare(last) ? answers.slice(0, -1) : answers;
  for (const [index, answer] of told.entries()) {
    expect(answerFaults(answer, methods[index] ?? '')).toEqual([]);
    expect(answer.body.toString()).not.toMatch(LEAKS);
    expect(answer.body.toString()).not.toContain(SECRET);
  }
  expect(told.length).toBeLessThanOrEqual(methods.length);
  // What is odd ends the connection, and with it those before it that are still being answered; who breaks off need not be told.
  const least = isOdd ? 1 : methods.length;
  if (!isUnfinished) expect(answers.length).toBeGreaterThanOrEqual(least);
  return answers;
}

function sent({ bytes, isOdd, isUnfinished }: Wire): Promise<Buffer> {
  const endAfterMs = isUnfinished ? UNFINISHED_MS : ODD_MS;
  return rawRequest(bridge.url, bytes, isOdd ? { endAfterMs, quietMs: UNFINISHED_MS } : {});
}

function isBare({ status, headers, body }: WireAnswer): boolean {
  return status === 400 && body.length === 0 && !headers.has('x-request-id');
}
