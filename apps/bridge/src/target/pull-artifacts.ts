import { createHash } from 'node:crypto';
import type { CompiledRelease } from '@santokit/contract';

/** Artifacts that are pulled at the same time. */
const AT_ONCE = 8;

/** An artifact is not what the release names. */
export class WrongArtifact extends Error {}

/**
 * Pulls what a release names by its hash and is not known yet, so that nothing has to be asked for when it is called.
 * @returns what it names, and nothing else
 * @throws WrongArtifact; what `pull` throws
 */
export async function pullArtifacts(
  { logics = {} }: CompiledRelease,
  known: ReadonlyMap<string, string>,
  pull: (hash: string) => Promise<string>,
): Promise<ReadonlyMap<string, string>> {
  const named = new Set(
    Object.values(logics).flatMap((logic) => (logic.kind === 'function' ? [logic.base, logic.artifact] : [])),
  );
  const artifacts = new Map<string, string>();
  const waiting = [...named];
  const work = async (): Promise<void> => {
    for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
      const text = known.get(hash) ?? (await pull(hash));
      if (createHash('sha256').update(text).digest('hex') !== hash)
        throw new WrongArtifact(`the artifact ${hash.slice(0, 64)} does not have the hash that it is named by`);
      artifacts.set(hash, text);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return artifacts;
}
