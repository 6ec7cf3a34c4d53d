import type { IncomingMessage } from 'node:http';
import { type Json, StkError } from '@santokit/contract';
import type { Visit } from '../admission/visit.ts';
import type { BodyFormat } from '../encoding/body-format.ts';
import { decodeCborAside, LARGE_CBOR_BYTES } from '../encoding/cbor-aside.ts';
import { decodeCbor } from '../encoding/decode-cbor.ts';
import { decodeJson } from '../encoding/decode-json.ts';
import { decodeLargeJson, LARGE_JSON_BYTES } from '../encoding/decode-large-json.ts';
import { inspectJson } from '../encoding/inspect-json.ts';

export interface ReadBodyOptions {
  readonly format: BodyFormat;
  readonly maxBytes: number;
  readonly visit: Visit;
}

/**
 * Reads and decodes a body of at most `maxBytes`; not one byte more is kept.
 * @throws StkError `PAYLOAD_TOO_LARGE`, `BAD_REQUEST` for what is not of that format, `SERVICE_UNAVAILABLE` while bodies hold too much
 */
export function readBody(request: IncomingMessage, options: ReadBodyOptions): Promise<Json> {
  const { maxBytes } = options;
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  const body = new Body(options);
  const reading: ReadingRequest = Object.assign(request, { [BODY]: body });
  reading.on('data', onData).on('end', onEnd).on('error', onBrokeOff).on('close', onBrokeOff);
  return body.decoded.promise;
}

const BODY = Symbol('body');
type ReadingRequest = IncomingMessage & { readonly [BODY]: Body };

/** What has come of a body so far. */
class Body {
  readonly decoded = Promise.withResolvers<Json>();
  readonly #format: BodyFormat;
  readonly #maxBytes: number;
  readonly #visit: Visit;
  #isRefused = false;
  #first: Buffer | undefined;
  #others: Buffer[] | undefined;
  #length = 0;

  constructor({ format, maxBytes, visit }: ReadBodyOptions) {
    this.#format = format;
    this.#maxBytes = maxBytes;
    this.#visit = visit;
  }

  add(chunk: Buffer): void {
    if (this.#isRefused) return;
    this.#length += chunk.length;
    if (this.#length > this.#maxBytes) this.#refuse(tooLarge(this.#maxBytes));
    else if (!this.#visit.holdBodyBytes(chunk.length)) this.#refuse(tooMuch());
    else if (this.#first === undefined) this.#first = chunk;
    else {
      this.#others ??= [];
      this.#others.push(chunk);
    }
  }

  end(): void {
    if (this.#isRefused) return;
    try {
      const bytes = this.#whole();
      if (this.#format === 'json') this.decoded.resolve(jsonOf(bytes));
      else if (bytes.length <= LARGE_CBOR_BYTES) this.decoded.resolve(decodeCbor(bytes));
      else this.decoded.resolve(decodeCborAside(bytes).then(jsonOf));
    } catch (error) {
      this.decoded.reject(error);
    }
  }

  #refuse(error: StkError): void {
    this.#isRefused = true;
    this.#first = undefined;
    this.#others = undefined;
    this.decoded.reject(error);
  }

  #whole(): Buffer {
    if (this.#first === undefined) return NOTHING;
    return this.#others === undefined ? this.#first : Buffer.concat([this.#first, ...this.#others]);
  }
}

function jsonOf(bytes: Buffer): Json | Promise<Json> {
  return bytes.length <= LARGE_JSON_BYTES ? decodeJson(bytes) : decodeLargeJson(bytes).then(inspectJson);
}

const NOTHING = Buffer.alloc(0);

// One function each for all requests: closures for every one would be felt.

function onData(this: ReadingRequest, chunk: Buffer): void {
  this[BODY].add(chunk);
}

function onEnd(this: ReadingRequest): void {
  this[BODY].end();
}

function onBrokeOff(this: ReadingRequest): void {
  if (!this.complete) this[BODY].decoded.reject(new StkError('BAD_REQUEST', 'The request broke off'));
}

function tooMuch(): StkError {
  return new StkError('SERVICE_UNAVAILABLE', 'Too much is being sent at the same time');
}

function tooLarge(maxBytes: number): StkError {
  return new StkError('PAYLOAD_TOO_LARGE', `The body is larger than ${maxBytes} bytes`);
}
