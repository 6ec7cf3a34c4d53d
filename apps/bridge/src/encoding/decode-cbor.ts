import { isUtf8 } from 'node:buffer';
import { type Json, StkError } from '@santokit/contract';
import { type Token, Tokenizer } from 'cborg';
import { MOST_CONTAINERS } from './json-pieces.ts';
import { decimalText, instantText, uuidText } from './tagged-values.ts';

/**
 * What a CBOR item (RFC 8949) says in the data model of JSON: byte strings are base64 text, integers beyond 53 bits decimal text, times,
 * decimal fractions and UUIDs text, as columns of these types take them.
 * @throws StkError `BAD_REQUEST` for what is malformed, invalid (a repeated key, text that is not UTF-8) or has no JSON form
 */
export function decodeCbor(bytes: Buffer): Json {
  if (bytes.length === 0) throw refused('The body is empty: CBOR is expected');
  try {
    return new CborReader(bytes).read();
  } catch (thrown) {
    // The tokenizer's messages quote the body.
    throw thrown instanceof StkError ? thrown : refused('The body is not CBOR');
  }
}

/** The reader recurses; more than any params need, and far from the end of the stack. */
const MOST_DEPTH = 256;
/** Of big numbers, whose conversion to decimals takes more than linear time. */
const MOST_BIGNUM_BYTES = 64;
/** Tags that only say what kind of text or item follows (RFC 8949, section 3.4). */
const TRANSPARENT_TAGS: ReadonlySet<unknown> = new Set([0, 32, 33, 34, 55_799]);
const BREAK = Symbol('break');

class CborReader {
  readonly #tokens: Tokenizer;
  #containers = 0;

  constructor(bytes: Buffer) {
    // A plain array, because slices of a Buffer share its memory.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#tokens = new Tokenizer(plain, { allowBigInt: true, retainStringBytes: true });
  }

  read(): Json {
    const value = this.#value(0);
    if (!this.#tokens.done()) throw refused('The body holds more than one CBOR item');
    return value;
  }

  #value(depth: number): Json {
    const value = this.#item(depth);
    if (value === BREAK) throw refused('The body is not CBOR');
    return value;
  }

  #item(depth: number): Json | typeof BREAK {
    if (depth > MOST_DEPTH) throw refused(`The body is nested more than ${MOST_DEPTH} deep`);
    const token = this.#tokens.next();
    switch (token.type.name) {
      case 'uint':
      case 'negint':
        return typeof token.value === 'bigint' ? String(token.value) : token.value;
      case 'float':
        if (!Number.isFinite(token.value)) throw refused('The body holds a number that is infinite or none');
        return token.value;
      case 'true':
      case 'false':
      case 'null':
        return token.value;
      case 'bytes':
        return Buffer.from(token.value).toString('base64');
      case 'string':
        return textOf(token);
      case 'array':
        return this.#list(token.value, depth);
      case 'map':
        return this.#object(token.value, depth);
      case 'tag':
        return this.#tagged(token.value, depth);
      case 'break':
        return BREAK;
      default:
        throw refused(`The body holds what JSON has no form for: ${token.type.name}`);
    }
  }

  /** @param length infinite for a list that ends with a break */
  #list(length: number, depth: number): Json[] {
    this.#count();
    const list: Json[] = [];
    while (list.length < length) {
      const value = length === Infinity ? this.#item(depth + 1) : this.#value(depth + 1);
      if (value === BREAK) break;
      list.push(value);
    }
    return list;
  }

  #object(length: number, depth: number): Json {
    this.#count();
    const object: Record<string, Json> = {};
    for (let index = 0; index < length; index++) {
      const token = this.#tokens.next();
      if (token.type.name === 'break' && length === Infinity) break;
      if (token.type.name !== 'string') throw refused('The keys of maps must be text');
      const name = textOf(token);
      if (Object.hasOwn(object, name)) throw refused('A map has the same key twice');
      const value = this.#value(depth + 1);
      // An assignment would set the prototype.
      if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true });
      else object[name] = value;
    }
    return object;
  }

  #count(): void {
    if (++this.#containers > MOST_CONTAINERS)
      throw refused(`The body holds more than ${MOST_CONTAINERS} lists and maps`);
  }

  #tagged(tag: unknown, depth: number): Json {
    if (TRANSPARENT_TAGS.has(tag)) return this.#value(depth + 1);
    switch (tag) {
      case 1:
        return instantText(this.#value(depth + 1)) ?? malformed('A time');
      case 2:
      case 3:
        return this.#bigNumber(tag);
      case 4:
        return decimalText(this.#value(depth + 1)) ?? malformed('A decimal fraction');
      case 37: {
        const { type, value } = this.#tokens.next();
        return (type.name === 'bytes' ? uuidText(value) : undefined) ?? malformed('A UUID');
      }
      default:
        throw refused(`The CBOR tag ${tag} is not understood`);
    }
  }

  #bigNumber(tag: 2 | 3): string {
    const { type, value } = this.#tokens.next();
    if (type.name !== 'bytes' || value.length > MOST_BIGNUM_BYTES)
      throw refused('A big number is malformed or too big');
    const amount = BigInt(`0x0${Buffer.from(value).toString('hex')}`);
    return String(tag === 2 ? amount : -1n - amount);
  }
}

/** From the bytes themselves, because the library's text has replaced what is not UTF-8 and lost a byte order mark. */
function textOf({ byteValue }: Token): string {
  if (byteValue === undefined) return '';
  if (!isUtf8(byteValue)) throw refused('The body holds text that is not UTF-8');
  return Buffer.from(byteValue).toString('utf8');
}

function malformed(what: string): never {
  throw refused(`${what} is malformed or too big`);
}

function refused(message: string): StkError {
  return new StkError('BAD_REQUEST', message);
}
