import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompressSync } from 'node:zlib';
import { type CompiledRelease, StkError } from '@santokit/contract';
import type { WorkerArtifact } from '@santokit/runtime';
import { HubError } from '../hub/hub-error.ts';

/** Artifacts that are pulled at the same time. */
const AT_ONCE = 8;

/** The Hub has an artifact not, or as another than the release names. */
export class WrongArtifact extends Error {}

export interface ArtifactOptions {
  /** The text of an artifact, by its hash. */
  readonly pull: (hash: string) => Promise<string>;
  /** Where some may be known already, as of the release before. */
  readonly known?: readonly ReleaseArtifacts[];
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

  constructor({ logics = {} }: CompiledRelease, { pull, known = [] }: ArtifactOptions) {
    const functions = Object.values(logics).filter((logic) => logic.kind === 'function');
    this.#bases = new Set(functions.map(({ base }) => base));
    this.#named = new Set([...this.#bases, ...functions.map(({ artifact }) => artifact)]);
    this.#pull = pull;
    for (const other of known)
      for (const [hash, packed] of other.#packed) if (this.#named.has(hash)) this.#packed.set(hash, packed);
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

  /**
   * Pulls all that has not come yet, so that nothing has to be asked for when it is called. Some that are no good keep none of the others
   * from coming; a Hub that is away is not asked for the rest.
   * @param signal ends it early
   * @throws as `pullBases`, the first failure
   */
  async pullAll(signal?: AbortSignal): Promise<void> {
    const waiting = [...this.#named];
    const failures: unknown[] = [];
    const work = async (): Promise<void> => {
      for (let hash = waiting.pop(); hash !== undefined && signal?.aborted !== true; hash = waiting.pop()) {
        try {
          await this.#come(hash);
        } catch (thrown) {
          failures.push(thrown);
          if (!isOfOneAlone(thrown)) waiting.length = 0;
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (failures.length > 0) throw failures[0];
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
    const text = await this.#pull(hash).catch((cause: unknown) => {
      if (cause instanceof HubError && cause.status === NOT_FOUND)
        throw new WrongArtifact(`the Hub does not have the artifact ${hash.slice(0, 64)}`, { cause });
      throw cause;
    });
    if (createHash('sha256').update(text).digest('hex') !== hash)
      throw new WrongArtifact(`the artifact ${hash.slice(0, 64)} does not have the hash that it is named by`);
    this.#packed.set(hash, await packed(text));
  }
}

const packed = promisify(zstdCompress);

const [OK, NOT_FOUND] = [200, 404];

/** Whether a failure says nothing of other artifacts: the Hub is there, and what it has is no good. */
function isOfOneAlone(failure: unknown): boolean {
  return failure instanceof WrongArtifact || (failure instanceof HubError && failure.status === OK);
}

/** Unpacked only where it is sent to a process that does not have it. */
function artifactOf(hash: string, bytes: Buffer): WorkerArtifact {
  return {
    hash,
    get text() {
      return zstdDecompressSync(bytes).toString('utf8');
    },
  };
}
