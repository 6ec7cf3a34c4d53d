export interface SentArtifactsOptions {
  readonly mostCount?: number;
  readonly mostBytes?: number;
}

/** Bundles that one worker keeps; most are small. */
const MOST_COUNT = 2_000;
/** Of text that one worker keeps, in UTF-8: so little that it never is what a process runs out of memory for. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Which artifacts a worker was sent. It keeps them all until it ends, so it is to get no more calls once they are too many or too large. */
export class SentArtifacts {
  readonly #mostCount: number;
  readonly #mostBytes: number;
  readonly #hashes = new Set<string>();
  #bytes = 0;

  constructor({ mostCount = MOST_COUNT, mostBytes = MOST_BYTES }: SentArtifactsOptions = {}) {
    this.#mostCount = mostCount;
    this.#mostBytes = mostBytes;
  }

  has(hash: string): boolean {
    return this.#hashes.has(hash);
  }

  add(hash: string, text: string): void {
    if (this.#hashes.has(hash)) return;
    this.#hashes.add(hash);
    this.#bytes += Buffer.byteLength(text);
  }

  get areTooMuch(): boolean {
    return this.#hashes.size > this.#mostCount || this.#bytes > this.#mostBytes;
  }
}
