import { type Json, StkError } from '@santokit/contract';
import { MOST_OBJECT_BYTES, objectKey, type UploadedPart } from '@santokit/storage';

/** The params of a storage call, read one by one; what is left over at the end is refused. */
export class StorageParams {
  readonly #given: Readonly<Record<string, Json>>;
  readonly #read = new Set<string>();

  /** @throws StkError `BAD_REQUEST` for params that are no object */
  constructor(params: Json) {
    if (params === null || typeof params !== 'object' || Array.isArray(params))
      throw new StkError('BAD_REQUEST', 'params must be an object');
    this.#given = params as Readonly<Record<string, Json>>;
  }

  key(): string {
    return objectKey(this.#take('key'));
  }

  uploadId(): unknown {
    return this.#take('uploadId');
  }

  /** RFC 9110, section 8.3: `type/subtype`, parameters included. */
  contentType(): string {
    const value = this.#required('contentType');
    if (typeof value !== 'string') throw wrongType('contentType');
    if (!MEDIA_TYPE.test(value)) throw new StkError('BAD_REQUEST', 'contentType must be a type such as image/png');
    return value;
  }

  /** Bytes. */
  contentLength(least: number): number {
    const value = this.#required('contentLength');
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrongType('contentLength');
    if (value < least || value > MOST_OBJECT_BYTES)
      throw new StkError('BAD_REQUEST', `contentLength must be from ${least} to ${MOST_OBJECT_BYTES}`);
    return value;
  }

  optionalContentLength(): number | undefined {
    return this.#take('contentLength') === undefined ? undefined : this.contentLength(0);
  }

  partNumber(count: number): number {
    const value = this.#required('partNumber');
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrongType('partNumber');
    if (value < 1 || value > count) throw new StkError('BAD_REQUEST', `partNumber must be from 1 to ${count}`);
    return value;
  }

  /** Each part once, in their order. */
  parts(count: number): UploadedPart[] {
    const value = this.#required('parts');
    if (!Array.isArray(value)) throw wrongType('parts');
    const parts = (value as readonly Json[]).map(partOf);
    if (parts.length !== count || parts.some(({ partNumber }, index) => partNumber !== index + 1))
      throw new StkError('BAD_REQUEST', `parts must name each of the ${count} parts once, in their order`);
    return parts;
  }

  /** @throws StkError `BAD_REQUEST` naming a param that the call does not take */
  end(): void {
    const unknown = Object.keys(this.#given).find((name) => !this.#read.has(name));
    if (unknown !== undefined)
      throw new StkError('BAD_REQUEST', `Unknown param: ${JSON.stringify(unknown.slice(0, 100))}`);
  }

  #take(name: string): Json | undefined {
    this.#read.add(name);
    return Object.hasOwn(this.#given, name) ? this.#given[name] : undefined;
  }

  #required(name: string): Json {
    const value = this.#take(name);
    if (value === undefined) throw new StkError('BAD_REQUEST', `Missing required param: ${name}`, { param: name });
    return value;
  }
}

const TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]{1,127}";
const MEDIA_TYPE = new RegExp(
  `^${TOKEN}/${TOKEN}(?:; ?${TOKEN}=(?:${TOKEN}|"[\\x20-\\x21\\x23-\\x5b\\x5d-\\x7e]{0,100}"))*$`,
);

function partOf(part: Json): UploadedPart {
  if (part === null || typeof part !== 'object' || Array.isArray(part)) throw wrongType('parts');
  const { partNumber, etag, ...rest } = part as Readonly<Record<string, Json>>;
  if (typeof partNumber !== 'number' || typeof etag !== 'string' || !ETAG.test(etag)) throw wrongType('parts');
  if (Object.keys(rest).length > 0) throw wrongType('parts');
  return { partNumber, etag };
}

/** RFC 9110, section 8.8.3, with its quotes or without. */
const ETAG = /^"?[\x21\x23-\x7e]{1,200}"?$/;

function wrongType(param: string): StkError {
  return new StkError('BAD_REQUEST', `Invalid type for param: ${param}`, { param });
}
