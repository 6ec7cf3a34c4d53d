import { describe, expect, it } from 'vitest';
import { bundleBase } from './build/bundle-base.ts';
import { FunctionPool } from './function-pool.ts';
import { SentArtifacts } from './sent-artifacts.ts';
import { callBundle, handler } from './testing/call-bundle.ts';

describe('the bundles that a worker was sent', () => {
  it('are too much once they are too many, each counted once', () => {
    const sent = new SentArtifacts({ mostCount: 2 });
    for (const hash of ['a', 'b', 'a']) sent.add(hash, 'text');
    expect([sent.has('a'), sent.has('c'), sent.areTooMuch]).toEqual([true, false, false]);
    sent.add('c', '');
    expect(sent.areTooMuch).toBe(true);
  });

  it('are too much once they hold too many bytes, however few they are', () => {
    const sent = new SentArtifacts();
    const text = 'é'.repeat(2 ** 24);
    sent.add('a', text);
    sent.add('a', text);
    sent.add('b', text);
    expect(sent.areTooMuch).toBe(false);
    sent.add('c', '"');
    expect(sent.areTooMuch).toBe(true);
  });

  it('end with it: the call that was one too much is served, and those after it by another', async () => {
    const base = await bundleBase();
    const pool = new FunctionPool({ size: 1, kept: { mostBytes: base.text.length + 5_000 } });
    const call = (name: string) =>
      callBundle(pool, `${handler(`return '${name}';`)}\nexport const rest = '${name.repeat(3_000)}';`);
    try {
      const calls = ['a', 'b', 'a'];
      expect(await Promise.all(calls.map(call))).toEqual(calls);
      for (const name of calls) expect(await call(name)).toBe(name);
    } finally {
      pool.close();
    }
  });
});
