import { type DestinationStream, pino } from 'pino';

/** Lines are written together, at most this late; the last ones when the process ends, however it does short of SIGKILL. */
const FLUSH_EVERY_MS = 100;
const FLUSH_FROM_CHARACTERS = 8_192;

/** Standard output, written many lines at a time: a system call for each would cost a busy program more than making them. */
export class GatheredOutput implements DestinationStream {
  readonly #output = pino.destination({ dest: 1, sync: true });
  #lines = '';
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    process.once('exit', () => this.flushSync());
  }

  write(line: string): void {
    this.#lines += line;
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
    this.#lines = '';
    if (lines !== '') this.#output.write(lines);
  }
}
