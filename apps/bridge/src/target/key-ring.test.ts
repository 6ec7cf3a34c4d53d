import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const MARKS = 100_000;
const MOST_BYTES = 20 * 1_024 * 1_024;

/** In a process of its own, whose garbage can be collected before and after. */
const MEASURE = `
  import { createKeyRing } from ${JSON.stringify(fileURLToPath(new URL('key-ring.ts', import.meta.url)))};
  const marks = () => JSON.parse(JSON.stringify(Array.from({ length: ${MARKS} }, (_, n) => ({
    sub: 'usr_01J' + String(n).padStart(23, '0'), notBefore: 1_700_000_000 + n,
  }))));
  const keys = (notBefore) => ({ tokenKeys: [], apiKeys: [], notBefore, releaseKeys: [] });
  createKeyRing(keys(marks()));
  gc();
  const before = process.memoryUsage().heapUsed;
  globalThis.ring = createKeyRing(keys(marks()));
  gc();
  process.stdout.write(String(process.memoryUsage().heapUsed - before));
`;

it('a hundred thousand marks of users who were signed out take less than 20 MB', () => {
  const args = ['--expose-gc', '--input-type=module', '--eval', MEASURE];
  const bytes = Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(MOST_BYTES);
});
