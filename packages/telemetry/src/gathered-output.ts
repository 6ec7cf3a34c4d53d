import { type DestinationStream, pino } from 'pino';
import type { RecentLines } from './recent-lines.ts';

/** Lines are written together, at most this late; the last ones when the process ends, however it does short of SIGKILL. */
const FLUSH_EVERY_MS = 100;
const FLUSH_FROM_CHARACTERS = 8_192;

/** Standard output, written many lines at a time: a system call for each would cost a busy program more than making them. */
export class GatheredOutput implements DestinationStream {
  readonly #output = pino.destination({ dest: 1, sync: true });
  readonly #recent: RecentLines | undefined;
  #lines = '';
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param recent also gets every line, when it is written */
  constructor(recent?: RecentLines) {
    this.#recent = recent;
    process.once('exit', () => this.flushSync());
  }

  write(line: string): void {
    this.#lines += line;
    this.#count += 1;
    if (this.#lines.length >= FLUSH_FROM_CHARACTERS) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_EVERY_MS).unref();
  }

  /** For the end: it waits for the disk, which nobody who is served must wait for. */
  flushSync(): void {
    this.#flush();
    this.#output.flushSync();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#lines;
    const count = this.#count;
    this.#lines = '';
    this.#count = 0;
    if (count === 0) return;
    this.#output.write(lines);
    this.#recent?.push(lines, count);
  }
}
