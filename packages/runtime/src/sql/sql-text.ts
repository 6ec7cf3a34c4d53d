import type { Position } from '@santokit/project';
import type { FoundParameter } from './find-parameters.ts';

/** The SQL of a logic file with `$1`, `$2` … in the places of its parameters, and the way back from its places to those of the file. */
export class SqlText {
  /** What PostgreSQL parses. */
  readonly text: string;
  readonly #bytes: Buffer;
  readonly #source: Buffer;
  readonly #at: Position;
  /** Of each parameter: where it starts in `text`, and how much longer the text before that is in the file. Bytes. */
  readonly #places: { readonly start: number; readonly end: number; readonly shift: number }[] = [];

  /** @param at where the SQL starts */
  constructor(source: string, parameters: readonly FoundParameter[], at: Position) {
    this.#source = Buffer.from(source);
    this.#at = at;
    const parts: Buffer[] = [];
    let end = 0;
    let length = 0;
    for (const [index, parameter] of parameters.entries()) {
      const before = this.#source.subarray(end, parameter.start);
      const placeholder = Buffer.from(`$${index + 1}`);
      const start = length + before.length;
      this.#places.push({ start, end: start + placeholder.length, shift: parameter.end - start - placeholder.length });
      parts.push(before, placeholder);
      end = parameter.end;
      length = start + placeholder.length;
    }
    parts.push(this.#source.subarray(end));
    this.#bytes = Buffer.concat(parts);
    this.text = this.#bytes.toString();
  }

  /** Where a character (code point) of `text` stands in the file. */
  positionOfCharacter(offset: number): Position {
    return this.positionOfByte(Buffer.byteLength([...this.text].slice(0, offset).join('')));
  }

  /** Where a byte of `text` stands in the file. */
  positionOfByte(offset: number): Position {
    const shift = this.#places.findLast(({ end }) => end <= offset)?.shift ?? 0;
    return this.positionInSource(offset + shift);
  }

  /** Where a byte of the SQL as it was written stands in the file. */
  positionInSource(offset: number): Position {
    const lines = this.#source.subarray(0, offset).toString().split('\n');
    const column = (lines.at(-1)?.length ?? 0) + 1;
    const { file, line } = this.#at;
    return { file, line: line + lines.length - 1, column: lines.length === 1 ? column + this.#at.column - 1 : column };
  }

  /** A part of `text` with something else in the places of its parameters. @param replace is given the place of the parameter among all */
  slice(start: number, length: number | undefined, replace: (parameter: number) => string): string {
    const end = length === undefined ? this.#bytes.length : start + length;
    let result = '';
    let from = start;
    for (const [index, place] of this.#places.entries()) {
      if (place.start < start || place.end > end) continue;
      result += this.#bytes.subarray(from, place.start).toString() + replace(index);
      from = place.end;
    }
    return (result + this.#bytes.subarray(from, end).toString()).trim();
  }
}
