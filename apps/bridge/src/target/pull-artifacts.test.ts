import { createHash } from 'node:crypto';
import { blogRelease } from '@santokit/calls/testing';
import type { CompiledRelease, FunctionLogic } from '@santokit/contract';
import { describe, expect, it } from 'vitest';
import { pullArtifacts, WrongArtifact } from './pull-artifacts.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const BASE = 'base';

function releaseOf(texts: readonly string[]): CompiledRelease {
  const functionOf = (text: string): FunctionLogic => ({
    kind: 'function',
    mode: 'query',
    connection: 'main',
    export: 'run',
    base: hashOf(BASE),
    artifact: hashOf(text),
  });
  return {
    ...blogRelease({}),
    logics: Object.fromEntries(texts.map((text, index) => [`f${index}`, functionOf(text)])),
  };
}

describe('the artifacts of a release', () => {
  it('are pulled once each, and not again by a release that names them, too', async () => {
    const texts = Array.from({ length: 1_000 }, (_, index) => `bundle ${index % 900}`);
    const store = new Map([BASE, ...texts].map((text) => [hashOf(text), text]));
    const asked: string[] = [];
    const pull = async (hash: string) => {
      asked.push(hash);
      return store.get(hash) ?? '';
    };
    const first = await pullArtifacts(releaseOf(texts), new Map(), pull);
    expect([first.size, asked.length]).toEqual([901, 901]);
    const second = await pullArtifacts(releaseOf(['bundle 1', 'new']), first, async (hash) => {
      asked.push(hash);
      return 'new';
    });
    expect([second.size, asked.length]).toEqual([3, 902]);
  });

  it('are refused when they are others than it names', async () => {
    await expect(pullArtifacts(releaseOf(['a']), new Map(), async () => 'b')).rejects.toThrow(WrongArtifact);
  });

  it('are none of a release without functions', async () => {
    const pull = () => Promise.reject(new Error('nothing is to be asked for'));
    expect((await pullArtifacts(blogRelease({}), new Map([['x', 'y']]), pull)).size).toBe(0);
  });
});
