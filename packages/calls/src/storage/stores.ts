import { type InternalConnections, StkError, type StorageBucket } from '@santokit/contract';
import { canonicalJson, deriveKey } from '@santokit/crypto';
import type { StorageCredentials, Store } from '@santokit/storage';

interface OpenStore {
  /** What it was opened with. */
  readonly place: string;
  readonly store: Store;
}

/** A store that was replaced finishes what it has begun. */
const DRAIN_MS = 30_000;

/** The client of S3 takes much memory, which a Bridge without buckets has no use for. */
const loadStore = () => import('@santokit/storage/store');

/** The stores of one env's buckets, each opened when it is first needed and anew when its place or credentials change. */
export class Stores {
  #credentials: ReadonlyMap<string, StorageCredentials> = new Map();
  #uploadSecret: Uint8Array | undefined;
  readonly #open = new Map<string, OpenStore>();

  /** Takes over what was pulled. */
  update({ storage = [] }: InternalConnections): void {
    this.#credentials = new Map(
      storage.map(({ bucket, accessKeyId, secretAccessKey }) => [bucket, { accessKeyId, secretAccessKey }]),
    );
    // The first call need not wait for it.
    if (storage.length > 0) loadStore().catch(() => {});
  }

  /** @param maskKey the env's secret, base64, which a key for ids of uploads is derived from */
  useKey(maskKey: string | undefined): void {
    this.#uploadSecret =
      maskKey === undefined ? undefined : deriveKey(Buffer.from(maskKey, 'base64'), 'santokit/storage/upload-id');
  }

  /** What ids of uploads are proved with. @throws StkError `SERVICE_UNAVAILABLE` until the keys were pulled */
  get uploadSecret(): Uint8Array {
    if (this.#uploadSecret !== undefined) return this.#uploadSecret;
    throw new StkError('SERVICE_UNAVAILABLE', 'The keys of uploads are not there yet');
  }

  /** @throws StkError `SERVICE_UNAVAILABLE` for a bucket without credentials */
  async storeOf(name: string, bucket: StorageBucket): Promise<Store> {
    const { Store } = await loadStore();
    const credentials = this.#credentials.get(name);
    if (credentials === undefined)
      throw new StkError('SERVICE_UNAVAILABLE', 'The bucket has no credentials in this env');
    const place = canonicalJson([bucket, credentials]);
    const known = this.#open.get(name);
    if (known?.place === place) return known.store;
    if (known !== undefined) setTimeout(() => known.store.close(), DRAIN_MS).unref();
    const store = new Store({ bucket, credentials });
    this.#open.set(name, { place, store });
    return store;
  }

  /** Whether a bucket has credentials. */
  has(name: string): boolean {
    return this.#credentials.has(name);
  }

  close(): void {
    for (const { store } of this.#open.values()) store.close();
    this.#open.clear();
  }
}
