/** Lines that are kept, of all that a program writes. */
const MOST_LINES = 1_000;
const MOST_CHARACTERS = 16_384;

export interface RecentLine {
  /** Counts from 1 over everything that was written. */
  readonly seq: number;
  /** As it was written. */
  readonly text: string;
}

/** Lines that were written together. */
interface Part {
  /** Of its first line. */
  readonly seq: number;
  readonly count: number;
  readonly text: string;
}

/**
 * The last lines of a log, to be looked at from elsewhere. They are kept as they were written, many in one string: as strings of their own,
 * each of which outlives several collections, they would cost a busy program more than writing them.
 */
export class RecentLines {
  readonly #parts: Part[] = [];
  #written = 0;

  /** @param text whole lines, as many as `count` says */
  push(text: string, count = 1): void {
    // Cut, it is no JSON any more, and nobody is shown it.
    this.#parts.push({ seq: this.#written + 1, count, text: text.length > count * MOST_CHARACTERS ? '' : text });
    this.#written += count;
    const [, next] = this.#parts;
    if (next !== undefined && this.#written - next.seq + 1 >= MOST_LINES) this.#parts.shift();
  }

  /** Those that came after a line and are still there, the oldest first. */
  after(seq: number): RecentLine[] {
    const known = Math.max(seq, this.#written - MOST_LINES);
    return this.#parts.filter((part) => part.seq + part.count - 1 > known).flatMap((part) => linesOf(part, known));
  }
}

function linesOf({ seq, count, text }: Part, after: number): RecentLine[] {
  const texts = text.split('\n');
  const lines: RecentLine[] = [];
  for (let index = Math.max(0, after - seq + 1); index < count; index += 1)
    lines.push({ seq: seq + index, text: texts[index] ?? '' });
  return lines;
}
