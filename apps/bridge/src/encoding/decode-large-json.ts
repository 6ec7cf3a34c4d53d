import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { Json } from '@santokit/contract';
import { notUtf8, parsedJson } from './decode-json.ts';
import { inTurn } from './in-turn.ts';
import { type JsonPiece, JsonPieces, type OpenContainer } from './json-pieces.ts';

/** Read in a millisecond, or in some ten where it is made to take long. */
const PIECE_BYTES = 64 * 1_024;

/** From here on a text can be made that other calls would feel: a million empty lists take the parser a hundred times as long as a text. */
export const LARGE_JSON_BYTES = 256 * 1_024;

/**
 * Reads a JSON text as `decodeJson` does, but piece by piece: other requests get their turn between two of them.
 * @throws StkError `BAD_REQUEST`, also for more lists and objects than anybody sends in earnest
 */
export async function decodeLargeJson(bytes: Buffer, pieceBytes = PIECE_BYTES): Promise<Json> {
  if (!isUtf8(bytes)) throw notUtf8();
  const pieces = new JsonPieces(bytes, pieceBytes);
  const document = new JsonDocument();
  const readPiece = () => {
    const piece = pieces.next();
    if (piece !== undefined) document.add(bytes.toString('utf8', piece.start, piece.end), piece);
    return piece !== undefined;
  };
  while (await inTurn(readPiece));
  return document.root;
}

type Container = Json[] | { [name: string]: Json };

/** Stands for what a cut object held before, and for what it holds after; no body can know them. */
const [BEFORE, AFTER] = [randomName(), randomName()];

/** A document of which all that has been read so far is there, and that knows where the next piece goes on. */
class JsonDocument {
  root: Json = null;
  #open: readonly OpenContainer[] = [];
  /** What is open, outermost first. */
  #containers: readonly Container[] = [];

  /** Each piece is read as a document of its own: with an opening for each container that it begins in, an end for each that it leaves open. */
  add(text: string, { open }: JsonPiece): void {
    const isFirst = this.#open.length === 0;
    const part = parsedJson(beginning(this.#open) + text + ending(open));
    if (isFirst) this.root = part;
    else this.#join(part);
    this.#open = open;
    this.#containers = this.#stillOpen();
  }

  #join(part: Json): void {
    let next = part;
    for (const container of this.#containers) {
      const addition = next as Container;
      if (Array.isArray(container) && Array.isArray(addition)) {
        for (let index = 1; index < addition.length; index++) container.push(addition[index] ?? null);
        next = addition[0] ?? null;
      } else if (!Array.isArray(container) && !Array.isArray(addition)) {
        keepSparse(container);
        for (const name of Object.keys(addition))
          if (name !== BEFORE) setMember(container, name, addition[name] ?? null);
        next = addition[BEFORE] ?? null;
      }
    }
  }

  /** The last of each list, the last that was named of each object; takes away what ended the innermost one. */
  #stillOpen(): Container[] {
    const containers: Container[] = [];
    let value = this.root;
    for (const place of this.#open) {
      const container = value as Container;
      containers.push(container);
      value = Array.isArray(container) ? (container.at(-1) ?? null) : (container[nameOf(place)] ?? null);
    }
    const innermost = containers.at(-1);
    if (Array.isArray(innermost)) innermost.pop();
    else if (innermost !== undefined) delete innermost[AFTER];
    return containers;
  }
}

function nameOf(place: OpenContainer): string {
  return place.kind === 'object' ? place.name : '';
}

/** Each opens with the one that follows it; the innermost with anything, so that a comma must be followed by more. */
function beginning(open: readonly OpenContainer[]): string {
  if (open.length === 0) return '';
  return `${open.map(({ kind }) => (kind === 'list' ? '[' : `{"${BEFORE}":`)).join('')}0,`;
}

/** After anything in the innermost, so that a comma must follow something. */
function ending(open: readonly OpenContainer[]): string {
  const innermost = open.at(-1);
  if (innermost === undefined) return '';
  const ends = open.map(({ kind }) => (kind === 'list' ? ']' : '}')).reverse();
  return `${innermost.kind === 'list' ? ',0' : `,"${AFTER}":0`}${ends.join('')}`;
}

function randomName(): string {
  return randomBytes(9).toString('base64url');
}

/** The greatest index that there is. */
const FARTHEST = '4294967294';

/**
 * V8 makes lists of names that are numbers, and tables again when they are far apart: each time it moves them all, and names can be chosen
 * so that it does for many members one after the other. Where one was as far as this it leaves them in their table.
 */
function keepSparse(object: { [name: string]: Json }): void {
  if (Object.hasOwn(object, FARTHEST)) return;
  object[FARTHEST] = null;
  delete object[FARTHEST];
}

function setMember(object: { [name: string]: Json }, name: string, value: Json): void {
  // An assignment would set the prototype.
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
  else object[name] = value;
}
