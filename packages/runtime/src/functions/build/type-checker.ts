import { Worker } from 'node:worker_threads';
import type { ProjectFile } from '@santokit/contract';
import type { CheckedTypes } from './check-types.ts';

const MOST_MS = 30_000;
const MOST_MEMORY_MB = 768;
/** A compiler that has its library read answers soon; one that nobody asks takes memory for nothing. */
const IDLE_MS = 60_000;

/** Checks types in a thread of its own, one project after another. */
export class TypeChecker {
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  /** @param files those of the project that functions are and import */
  check(files: readonly ProjectFile[]): Promise<CheckedTypes> {
    const checked = this.#last.then(() => this.#check(files));
    this.#last = checked.catch(() => {});
    return checked;
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  async #check(files: readonly ProjectFile[]): Promise<CheckedTypes> {
    clearTimeout(this.#idle);
    this.#worker ??= new Worker(new URL('./check-thread.ts', import.meta.url), {
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    });
    const worker = this.#worker;
    worker.unref();
    try {
      return await this.#ask(worker, files);
    } catch (thrown) {
      await this.close();
      if (!(thrown instanceof Exhausted)) throw thrown;
      const [first] = files;
      const message = `The types cannot be checked: it took ${thrown.message}`;
      return { problems: [{ file: first?.path ?? 'logics', line: 1, column: 1, message }], exports: {} };
    } finally {
      this.#idle = setTimeout(() => this.close(), IDLE_MS).unref();
    }
  }

  #ask(worker: Worker, files: readonly ProjectFile[]): Promise<CheckedTypes> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(() => reject(new Exhausted(`more than ${MOST_MS / 1_000} s`))), MOST_MS);
      const onError = (error: Error & { code?: string }) =>
        settle(() => reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new Exhausted('too much memory') : error));
      const onMessage = (checked: CheckedTypes) => settle(() => resolve(checked));
      const settle = (then: () => void) => {
        clearTimeout(timer);
        worker.off('error', onError).off('message', onMessage);
        then();
      };
      worker.once('error', onError).once('message', onMessage);
      worker.postMessage(files);
    });
  }
}

class Exhausted extends Error {}
