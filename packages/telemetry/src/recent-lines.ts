/** Lines that are kept, of all that a program writes. */
const MOST_LINES = 1_000;
const MOST_CHARACTERS = 16_384;

export interface RecentLine {
  /** Counts from 1 over everything that was written. */
  readonly seq: number;
  /** As it was written. */
  readonly text: string;
}

/** The last lines of a log, to be looked at from elsewhere. */
export class RecentLines {
  readonly #lines: string[] = [];
  #written = 0;

  push(text: string): void {
    // Cut, it is no JSON any more, and nobody is shown it.
    this.#lines[this.#written % MOST_LINES] = text.length > MOST_CHARACTERS ? '' : text;
    this.#written += 1;
  }

  /** Those that came after a line and are still there, the oldest first. */
  after(seq: number): RecentLine[] {
    const lines: RecentLine[] = [];
    for (let at = Math.max(seq, this.#written - MOST_LINES); at < this.#written; at += 1)
      lines.push({ seq: at + 1, text: this.#lines[at % MOST_LINES] ?? '' });
    return lines;
  }
}
