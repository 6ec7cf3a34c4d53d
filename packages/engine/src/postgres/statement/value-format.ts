import type { Column } from '@santokit/contract';
import type { OutputMask, ValueHash } from '../../statement/statement.ts';
import { typeOf } from './fragments.ts';
import { isArrayType } from './text-form.ts';

/** Turns a column's text, as the server sent it, into JSON text. */
export type ValueFormat = (text: string) => string;

/** The JSON form of a column's values. Every depth of an answer uses the same, so a value looks the same wherever it stands. */
export function valueFormat(column: Column, mask: OutputMask | undefined): ValueFormat {
  if (typeof mask === 'object') return hashFormat(column, mask.hash);
  switch (mask) {
    case undefined:
      return plainFormat(column);
    case 'hide':
      return () => 'null';
    case 'last4':
      return (text) => quote(`***${[...text].slice(-4).join('')}`);
  }
}

/** Hashes the JSON form, because the server's text of a value differs with its depth in the answer; of a string, what it holds. */
function hashFormat(column: Column, hash: ValueHash): ValueFormat {
  const format = plainFormat(column);
  if (format === quote) return (text) => quote(hash(text));
  return (text) => quote(hash(format(text)));
}

/** JSON text of a string. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

function plainFormat(column: Column): ValueFormat {
  switch (column.type) {
    case 'string':
    case 'file':
    case 'bigint':
    case 'decimal':
    case 'uuid':
    case 'date':
      return quote;
    case 'int':
      return asIs;
    case 'json':
      return asIs;
    case 'float':
      return (text) => (NOT_FINITE.has(text) ? 'null' : text);
    case 'boolean':
      // The protocol says `t`, a cast to text `true`.
      return (text) => (text.startsWith('t') ? 'true' : 'false');
    case 'timestamp':
      return timestampJson;
    case 'bytes':
      return (text) => `"${Buffer.from(text.slice(2), 'hex').toString('base64')}"`;
    case 'array':
      return isArrayType(typeOf(column)) ? arrayFormat(column) : asIs;
  }
}

const NOT_FINITE: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity']);
const asIs: ValueFormat = (text) => text;

/** `2024-01-31 12:00:00.5+00` (or without the offset, in UTC) as RFC 3339; `infinity` and years before the common era as they are. */
export function timestampJson(text: string): string {
  if (text.charCodeAt(10) !== SPACE || text.endsWith('BC')) return quote(text);
  const end = text.endsWith('+00') ? text.length - 3 : text.length;
  return `"${text.slice(0, 10)}T${text.slice(11, end)}Z"`;
}

const SPACE = 32;

/** Values of an array type (`{a,"b c",NULL,{…}}`, with bounds before it where they do not start at 1) as JSON lists. */
function arrayFormat(column: Column): ValueFormat {
  const format = plainFormat({ ...(column.items ?? { type: 'string' }), name: column.name, nullable: true });
  return (text) => new ArrayReader(text, text.indexOf('{'), format).read();
}

/** Reads array literals (PostgreSQL manual 8.15.6). */
class ArrayReader {
  readonly #text: string;
  readonly #format: ValueFormat;
  #at: number;

  constructor(text: string, at: number, format: ValueFormat) {
    this.#text = text;
    this.#at = at;
    this.#format = format;
  }

  read(): string {
    const parts: string[] = [];
    this.#at++;
    while (this.#text[this.#at] !== '}' && this.#at < this.#text.length) {
      parts.push(this.#element());
      if (this.#text[this.#at] === ',') this.#at++;
    }
    this.#at++;
    return `[${parts.join(',')}]`;
  }

  #element(): string {
    if (this.#text[this.#at] === '{') return this.read();
    if (this.#text[this.#at] === '"') return this.#format(this.#quoted());
    const start = this.#at;
    while (this.#text[this.#at] !== ',' && this.#text[this.#at] !== '}') this.#at++;
    const element = this.#text.slice(start, this.#at);
    return element === 'NULL' ? 'null' : this.#format(element);
  }

  #quoted(): string {
    let element = '';
    this.#at++;
    while (this.#text[this.#at] !== '"') {
      if (this.#text[this.#at] === '\\') this.#at++;
      element += this.#text[this.#at];
      this.#at++;
    }
    this.#at++;
    return element;
  }
}
