const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const ZERO = 0x30;
/** Fewer bytes than these are copied faster in a loop than by a call into the runtime. */
const MOST_COPIED_HERE = 64;
/** The most bytes that one byte of a text becomes in JSON: `\u001f`. */
const MOST_ESCAPED = 6;

/** Bytes that grow at their end. Room for what `reserve` was told is there; the other methods do not look again. */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;
  /** Kept free behind everything that is written between two reservations. */
  #reserved = 0;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written, without a copy. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes room for `count` bytes more. */
  reserve(count: number): void {
    this.#reserved = count;
    this.#grow(count);
  }

  constant(bytes: Uint8Array): void {
    const target = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < bytes.length; index++) target[at++] = bytes[index] as number;
    this.#length = at;
  }

  byte(value: number): void {
    this.#bytes[this.#length++] = value;
  }

  /** @param value 0 to 99 */
  twoDigits(value: number): void {
    const tens = Math.trunc(value / 10);
    this.#bytes[this.#length++] = ZERO + tens;
    this.#bytes[this.#length++] = ZERO + value - tens * 10;
  }

  copy(source: Buffer, start: number, end: number): void {
    if (end - start > MOST_COPIED_HERE) {
      this.#length += source.copy(this.#bytes, this.#length, start, end);
      return;
    }
    const target = this.#bytes;
    let at = this.#length;
    for (let index = start; index < end; index++) target[at++] = source[index] as number;
    this.#length = at;
  }

  /** A JSON string of UTF-8 text, its quotes included (RFC 8259, section 7). */
  string(source: Buffer, start: number, end: number): void {
    const target = this.#bytes;
    let at = this.#length;
    target[at++] = QUOTE;
    for (let index = start; index < end; index++) {
      const byte = source[index] as number;
      if (byte < SPACE || byte === QUOTE || byte === BACKSLASH) {
        this.#length = at;
        this.#escaped(source, index, end);
        return;
      }
      target[at++] = byte;
    }
    target[at++] = QUOTE;
    this.#length = at;
  }

  /** Text of any length, reserved for here. */
  text(text: string): void {
    this.#grow(text.length * 3 + this.#reserved);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** The rest of a string from the first character on that must not stand in one, and the closing quote. */
  #escaped(source: Buffer, start: number, end: number): void {
    this.#grow((end - start) * MOST_ESCAPED + this.#reserved);
    const target = this.#bytes;
    let at = this.#length;
    for (let index = start; index < end; index++) {
      const byte = source[index] as number;
      const escaped = byte < SPACE || byte === QUOTE || byte === BACKSLASH ? ESCAPES[byte] : undefined;
      if (escaped === undefined) target[at++] = byte;
      else for (let each = 0; each < escaped.length; each++) target[at++] = escaped[each] as number;
    }
    target[at++] = QUOTE;
    this.#length = at;
  }

  #grow(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

/** By byte: what stands for it, as `JSON.stringify` writes it. */
const ESCAPES: readonly (Buffer | undefined)[] = Array.from({ length: BACKSLASH + 1 }, (_, byte) => {
  const json = JSON.stringify(String.fromCharCode(byte)).slice(1, -1);
  return json.length > 1 ? Buffer.from(json) : undefined;
});
