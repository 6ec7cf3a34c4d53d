import { createHash } from 'node:crypto';
import { blogRelease } from '@santokit/calls/testing';
import type { CompiledRelease, FunctionLogic } from '@santokit/contract';
import { describe, expect, it } from 'vitest';
import { HubError } from '../hub/hub-error.ts';
import { ReleaseArtifacts, WrongArtifact } from './release-artifacts.ts';

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

/** Where artifacts are pulled from, and what was asked for. */
function storeOf(texts: readonly string[]) {
  const store = new Map([BASE, ...texts].map((text) => [hashOf(text), text]));
  const asked: string[] = [];
  const pull = async (hash: string) => {
    asked.push(hash);
    const text = store.get(hash);
    if (text === undefined) throw new HubError('The Hub does not answer');
    return text;
  };
  return { store, asked, pull };
}

describe('the artifacts of a release', () => {
  it('are pulled once each, and not again by a release that names them, too', async () => {
    const texts = Array.from({ length: 1_000 }, (_, index) => `bundle ${index % 900}`);
    const { asked, pull } = storeOf([...texts, 'new']);
    const first = new ReleaseArtifacts(releaseOf(texts), { pull });
    await Promise.all([first.pullAll(), first.pullAll()]);
    expect([first.size, asked.length]).toEqual([901, 901]);
    const second = new ReleaseArtifacts(releaseOf(['bundle 1', 'new']), { pull, known: [first] });
    await second.pullAll();
    expect([second.size, asked.length]).toEqual([3, 902]);
    expect((await second.find(hashOf('bundle 1'))).text).toBe('bundle 1');
  });

  it('are pulled by the first call, once for all that come at the same time, and never again', async () => {
    const { asked, pull } = storeOf(['a', 'b']);
    const artifacts = new ReleaseArtifacts(releaseOf(['a', 'b']), { pull });
    const found = await Promise.all([1, 2, 3].map(() => artifacts.find(hashOf('a'))));
    expect(found.map(({ text }) => text)).toEqual(['a', 'a', 'a']);
    expect(artifacts.find(hashOf('a'))).not.toBeInstanceOf(Promise);
    expect(asked).toEqual([hashOf('a')]);
    await artifacts.pullBases();
    expect(asked).toEqual([hashOf('a'), hashOf(BASE)]);
  });

  it('that cannot be had are 503 to who calls, until they can', async () => {
    const { store, pull } = storeOf([]);
    const artifacts = new ReleaseArtifacts(releaseOf(['a']), { pull });
    await expect(artifacts.find(hashOf('a'))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(artifacts.find('unknown')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(artifacts.pullAll()).rejects.toThrow(HubError);
    store.set(hashOf('a'), 'a');
    expect(await artifacts.find(hashOf('a'))).toEqual({ hash: hashOf('a'), text: 'a' });
  });

  it('are refused when they are others than it names', async () => {
    const artifacts = new ReleaseArtifacts(releaseOf(['a']), { pull: async () => 'b' });
    await expect(artifacts.pullAll()).rejects.toThrow(WrongArtifact);
    await expect(artifacts.pullBases()).rejects.toThrow(WrongArtifact);
    await expect(artifacts.find(hashOf('a'))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('that are not there, or others, keep none of the rest from coming, however many they are', async () => {
    const texts = Array.from({ length: 60 }, (_, index) => `bundle ${index}`);
    const { store, asked } = storeOf(texts);
    for (const text of texts.slice(0, 10)) store.set(hashOf(text), 'another');
    for (const text of texts.slice(-10)) store.delete(hashOf(text));
    const pull = async (hash: string) => {
      asked.push(hash);
      const text = store.get(hash);
      if (text === undefined) throw new HubError('The Hub refused it', { status: 404 });
      return text;
    };
    const artifacts = new ReleaseArtifacts(releaseOf(texts), { pull });
    await expect(artifacts.pullAll()).rejects.toThrow(WrongArtifact);
    for (const text of texts.slice(10, -10)) expect(artifacts.find(hashOf(text))).not.toBeInstanceOf(Promise);
    expect(asked.length).toBe(texts.length + 1);
  });

  it('are not asked for one by one of a Hub that is away, nor when nobody wants them any more', async () => {
    const texts = Array.from({ length: 60 }, (_, index) => `bundle ${index}`);
    const { store, asked, pull } = storeOf(texts);
    store.clear();
    await expect(new ReleaseArtifacts(releaseOf(texts), { pull }).pullAll()).rejects.toThrow(HubError);
    expect(asked.length).toBeLessThanOrEqual(8);
    asked.length = 0;
    await new ReleaseArtifacts(releaseOf(texts), { pull }).pullAll(AbortSignal.abort());
    expect(asked).toEqual([]);
  });

  it('are none of a release without functions', async () => {
    const pull = () => Promise.reject(new Error('nothing is to be asked for'));
    const artifacts = new ReleaseArtifacts(blogRelease({}), { pull });
    await artifacts.pullAll();
    expect(artifacts.size).toBe(0);
  });
});
