import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompressSync } from 'node:zlib';
import { type CompiledRelease, StkError } from '@santokit/contract';
import type { WorkerArtifact } from '@santokit/runtime';
import { HubError } from '../hub/hub-error.ts';

/** Artifacts that are pulled at the same time. */
const AT_ONCE = 8;

/** An artifact is not what the release names. */
export class WrongArtifact extends Error {}

export interface ArtifactOptions {
  /** The text of an artifact, by its hash. */
  readonly pull: (hash: string) => Promise<string>;
  /** What is known already, as of the release before. */
  readonly known?: ReleaseArtifacts | undefined;
}

/**
 * What one release names by its hash: the bundles of its functions, and what they run on. They are kept packed, because of a thousand most
 * are not called for long.
 */
export class ReleaseArtifacts {
  readonly #bases: ReadonlySet<string>;
  readonly #named: ReadonlySet<string>;
  readonly #pull: ArtifactOptions['pull'];
  readonly #packed = new Map<string, Buffer>();
  /** Each is pulled once, however many ask for it. */
  readonly #coming = new Map<string, Promise<void>>();

  constructor({ logics = {} }: CompiledRelease, { pull, known }: ArtifactOptions) {
    const functions = Object.values(logics).filter((logic) => logic.kind === 'function');
    this.#bases = new Set(functions.map(({ base }) => base));
    this.#named = new Set([...this.#bases, ...functions.map(({ artifact }) => artifact)]);
    this.#pull = pull;
    if (known === undefined) return;
    for (const [hash, packed] of known.#packed) if (this.#named.has(hash)) this.#packed.set(hash, packed);
  }

  /** How many it names. */
  get size(): number {
    return this.#named.size;
  }

  /**
   * One that the release names; it is pulled first where it has not come yet.
   * @throws StkError `SERVICE_UNAVAILABLE` where it cannot be had
   */
  find(hash: string): WorkerArtifact | Promise<WorkerArtifact> {
    const packed = this.#packed.get(hash);
    return packed === undefined ? this.#awaited(hash) : artifactOf(hash, packed);
  }

  /** Pulls what bundles run on. @throws WrongArtifact; what `pull` throws */
  async pullBases(): Promise<void> {
    await Promise.all([...this.#bases].map((hash) => this.#come(hash)));
  }

  /** Pulls all that has not come yet, so that nothing has to be asked for when it is called. @throws as `pullBases` */
  async pullAll(): Promise<void> {
    const waiting = [...this.#named];
    const work = async (): Promise<void> => {
      for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) await this.#come(hash);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  async #awaited(hash: string): Promise<WorkerArtifact> {
    if (!this.#named.has(hash)) throw new StkError('SERVICE_UNAVAILABLE', 'The function is not loaded');
    try {
      await this.#come(hash);
    } catch (cause) {
      if (!(cause instanceof HubError || cause instanceof WrongArtifact)) throw cause;
      throw new StkError('SERVICE_UNAVAILABLE', 'The function is not loaded yet', undefined, { cause });
    }
    return await this.find(hash);
  }

  #come(hash: string): Promise<void> {
    if (this.#packed.has(hash)) return Promise.resolve();
    const coming = this.#coming.get(hash) ?? this.#bring(hash).finally(() => this.#coming.delete(hash));
    this.#coming.set(hash, coming);
    return coming;
  }

  async #bring(hash: string): Promise<void> {
    const text = await this.#pull(hash);
    if (createHash('sha256').update(text).digest('hex') !== hash)
      throw new WrongArtifact(`the artifact ${hash.slice(0, 64)} does not have the hash that it is named by`);
    this.#packed.set(hash, await packed(text));
  }
}

const packed = promisify(zstdCompress);

/** Unpacked only where it is sent to a process that does not have it. */
function artifactOf(hash: string, bytes: Buffer): WorkerArtifact {
  return {
    hash,
    get text() {
      return zstdDecompressSync(bytes).toString('utf8');
    },
  };
}
