import { StkError } from '@santokit/contract';
import { notJson, parsedJson } from './decode-json.ts';

/** A part of a JSON text from after one comma to before another, neither of them within a string. */
export interface JsonPiece {
  readonly start: number;
  readonly end: number;
  /** The lists and objects that are open where it ends, outermost first. */
  readonly open: readonly OpenContainer[];
}

/** `name` is that of the member that is being read, of which the next container is the value. */
export type OpenContainer = { readonly kind: 'list' } | { readonly kind: 'object'; readonly name: string };

/** More than any params need: each is open in every piece that it spans. */
const MOST_DEPTH = 256;
/** One for every ten bytes of the largest body, as coordinates have it: those that hold nothing take ten times the memory of their text. */
export const MOST_CONTAINERS = 1_000_000;

/** Of one object: names that are all different take twenty times as long to go over as those of rows, which are alike. */
const MOST_NAMES = 100_000;

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Where a name begins and ends; `text` is what it says, read once for all pieces that it is asked for by, for it may be megabytes. */
interface PlacedName {
  readonly start: number;
  readonly end: number;
  text: string | undefined;
}

/** Of a container of which none was read. */
const NO_NAME: PlacedName = { start: 0, end: 0, text: undefined };

/**
 * Cuts a JSON text at commas. It follows brackets and strings alone: whether each piece is JSON is for the parser to say.
 * @throws StkError `BAD_REQUEST` for brackets that do not match, or that are too many
 */
export class JsonPieces {
  readonly #bytes: Buffer;
  readonly #pieceBytes: number;
  readonly #kinds: number[] = [];
  /** The name that was read last in each open container. */
  readonly #names: PlacedName[] = [];
  /** How many names each open container has. */
  readonly #counts: number[] = [];
  #text: readonly [start: number, end: number] = [0, 0];
  #at = 0;
  #containers = 0;

  constructor(bytes: Buffer, pieceBytes: number) {
    this.#bytes = bytes;
    this.#pieceBytes = pieceBytes;
  }

  /** Undefined after the last one, which ends where the text does. */
  next(): JsonPiece | undefined {
    const bytes = this.#bytes;
    const start = this.#at;
    if (start > bytes.length) return undefined;
    for (let at = start; at < bytes.length; at++) {
      switch (bytes[at]) {
        case QUOTE:
          this.#text = [at, this.#endOfText(at) + 1];
          at = this.#text[1] - 1;
          break;
        case LIST:
        case OBJECT:
          this.#enter(bytes[at] ?? LIST);
          break;
        case LIST_END:
          if (this.#leave() !== LIST) throw notJson();
          break;
        case OBJECT_END:
          if (this.#leave() !== OBJECT) throw notJson();
          break;
        case COLON:
          this.#name();
          break;
        case COMMA:
          if (at - start < this.#pieceBytes || this.#kinds.length === 0) break;
          this.#at = at + 1;
          return { start, end: at, open: this.#open() };
      }
    }
    this.#at = bytes.length + 1;
    return { start, end: bytes.length, open: [] };
  }

  /** The index of the quote that ends it; that of the last byte where none does. */
  #endOfText(start: number): number {
    const bytes = this.#bytes;
    for (let at = start + 1; at < bytes.length; at++) {
      if (bytes[at] === BACKSLASH) at++;
      else if (bytes[at] === QUOTE) return at;
    }
    return bytes.length - 1;
  }

  #enter(kind: number): void {
    if (this.#kinds.push(kind) > MOST_DEPTH)
      throw new StkError('BAD_REQUEST', `A body of this size is nested at most ${MOST_DEPTH} deep`);
    this.#names.push(NO_NAME);
    this.#counts.push(0);
    if (++this.#containers > MOST_CONTAINERS)
      throw new StkError('BAD_REQUEST', `The body holds more than ${MOST_CONTAINERS} lists and objects`);
  }

  #name(): void {
    const level = this.#kinds.length - 1;
    if (level === -1) throw notJson();
    const [start, end] = this.#text;
    this.#names[level] = { start, end, text: undefined };
    const count = (this.#counts[level] ?? 0) + 1;
    if (count > MOST_NAMES)
      throw new StkError('BAD_REQUEST', `An object of the body has more than ${MOST_NAMES} names`);
    this.#counts[level] = count;
  }

  #leave(): number | undefined {
    this.#names.pop();
    this.#counts.pop();
    return this.#kinds.pop();
  }

  #open(): OpenContainer[] {
    return this.#kinds.map((kind, index) =>
      kind === LIST ? { kind: 'list' } : { kind: 'object', name: this.#nameAt(index) },
    );
  }

  /** Of the innermost object, none is asked for: its next member is yet to come. */
  #nameAt(index: number): string {
    if (index === this.#kinds.length - 1) return '';
    const name = this.#names[index] ?? NO_NAME;
    name.text ??= this.#read(name);
    return name.text;
  }

  #read({ start, end }: PlacedName): string {
    const name = parsedJson(this.#bytes.toString('utf8', start, end));
    if (typeof name !== 'string') throw notJson();
    return name;
  }
}
