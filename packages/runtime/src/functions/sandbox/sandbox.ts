import { setTimeout as delay } from 'node:timers/promises';
import ivm from 'isolated-vm';
import { wrapped } from './wrapped.ts';

export interface SandboxOptions {
  readonly snapshot: ivm.ExternalCopy<ArrayBuffer>;
  readonly artifact: { readonly hash: string; readonly text: string };
  readonly memoryMb: number;
  /** The isolate is beyond rescue, and the process with it. */
  readonly onCatastrophe: (message: string) => void;
}

export interface SandboxCall {
  readonly start: string;
  /** Takes each message that comes out; never throws. */
  readonly onMessage: (text: string) => void;
}

/** Behind its last word, a call that is not at something else returns at once. */
const RETURN_MS = 100;
const PREPARE_AFTER_MS = 2;
/** Beyond it, an isolate is not worth keeping for another call: what is left of those before counts as the next one's. */
const MOST_KEPT_SHARE = 0.5;

type Deliver = (answer: string) => void;
type Booted = ivm.Reference<(start: string, send: unknown) => Deliver>;

/**
 * One isolate that runs the calls of one bundle, one at a time and each in a context of its own, so that nothing that one call leaves
 * behind is there for the next. The context for the next call is made ahead of it.
 */
export class Sandbox {
  readonly #isolate: ivm.Isolate;
  readonly #script: Promise<ivm.Script>;
  readonly #memoryMb: number;
  #next: Promise<{ context: ivm.Context; booted: Booted }> | undefined;
  #deliver: Promise<ivm.Reference<Deliver>> | undefined;
  #release: () => void = () => {};
  #preparing: NodeJS.Timeout | undefined;
  /** Entries that have not returned. */
  readonly #entered = new Set<Promise<unknown>>();

  constructor({ snapshot, artifact, memoryMb, onCatastrophe }: SandboxOptions) {
    this.#isolate = new ivm.Isolate({ memoryLimit: memoryMb, snapshot, onCatastrophicError: onCatastrophe });
    this.#memoryMb = memoryMb;
    this.#script = this.#isolate.compileScript(wrapped(artifact.text), { filename: `function:${artifact.hash}` });
    this.#script.catch(() => {});
  }

  /** Starts a call. @throws when the isolate died of it */
  async run({ start, onMessage }: SandboxCall): Promise<void> {
    clearTimeout(this.#preparing);
    const { context, booted } = await (this.#next ?? this.#boot());
    this.#next = undefined;
    let isOver = false;
    const send = new ivm.Callback(
      (text: unknown) => {
        if (!isOver && typeof text === 'string') onMessage(text);
      },
      { ignored: true },
    );
    this.#release = () => {
      isOver = true;
      booted.release();
      context.release();
    };
    // Answers may come before it has returned.
    this.#deliver = this.#enter(
      () => booted.apply(undefined, [start, send], { result: { reference: true } }) as Promise<ivm.Reference<Deliver>>,
    );
    await this.#deliver;
  }

  /** Hands in an answer to an operation. @throws when the isolate died of it */
  async answer(text: string): Promise<void> {
    const deliver = await this.#deliver;
    if (deliver !== undefined) await this.#enter(() => deliver.apply(undefined, [text]));
  }

  /** Ends the call. @returns whether the sandbox can serve another */
  async end(): Promise<boolean> {
    const deliver = this.#deliver;
    this.#deliver = undefined;
    // What is referred to from outside is kept inside.
    deliver?.then(
      (reference) => reference.release(),
      () => {},
    );
    this.#release();
    // What a call says last it says before it returns.
    if (this.#entered.size > 0) await Promise.race([Promise.allSettled(this.#entered), delay(RETURN_MS)]);
    if (this.#entered.size > 0 || this.#isolate.isDisposed || this.#isFull()) return false;
    this.prepare();
    return true;
  }

  /** Makes the context of the next call ahead of it. */
  prepare(): void {
    // Whoever waits for the answer of the call that has just ended goes first.
    this.#preparing = setTimeout(() => {
      this.#next = this.#boot();
      // Said when the next call asks for it.
      this.#next.catch(() => {});
    }, PREPARE_AFTER_MS);
  }

  /** Stops what runs in it. */
  dispose(): void {
    clearTimeout(this.#preparing);
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }

  #isFull(): boolean {
    const { used_heap_size, externally_allocated_size } = this.#isolate.getHeapStatisticsSync();
    return used_heap_size + externally_allocated_size > this.#memoryMb * 1_048_576 * MOST_KEPT_SHARE;
  }

  async #boot(): Promise<{ context: ivm.Context; booted: Booted }> {
    return this.#enter(async () => {
      const [context, script] = await Promise.all([this.#isolate.createContext(), this.#script]);
      const booted = (await script.run(context, { reference: true })) as Booted;
      return { context, booted };
    });
  }

  async #enter<T>(work: () => Promise<T>): Promise<T> {
    const entry = work();
    this.#entered.add(entry);
    try {
      return await entry;
    } finally {
      this.#entered.delete(entry);
    }
  }
}
