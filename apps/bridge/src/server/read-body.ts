import type { IncomingMessage } from 'node:http';
import { type Json, StkError } from '@santokit/contract';
import type { BodyFormat } from '../encoding/body-format.ts';
import { decodeCbor } from '../encoding/decode-cbor.ts';
import { decodeJson } from '../encoding/decode-json.ts';

/**
 * Reads and decodes a body of at most `maxBytes`; not one byte more is kept.
 * @throws StkError `PAYLOAD_TOO_LARGE`, or `BAD_REQUEST` for what is not of that format
 */
export function readBody(request: IncomingMessage, format: BodyFormat, maxBytes: number): Promise<Json> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  const body = new Body(format, maxBytes);
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
  #first: Buffer | undefined;
  #others: Buffer[] | undefined;
  #length = 0;

  constructor(format: BodyFormat, maxBytes: number) {
    this.#format = format;
    this.#maxBytes = maxBytes;
  }

  add(chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length > this.#maxBytes) {
      this.#first = undefined;
      this.#others = undefined;
      this.decoded.reject(tooLarge(this.#maxBytes));
    } else if (this.#first === undefined) this.#first = chunk;
    else {
      this.#others ??= [];
      this.#others.push(chunk);
    }
  }

  end(): void {
    try {
      const bytes = this.#whole();
      this.decoded.resolve(this.#format === 'json' ? decodeJson(bytes) : decodeCbor(bytes));
    } catch (error) {
      this.decoded.reject(error);
    }
  }

  #whole(): Buffer {
    if (this.#first === undefined) return NOTHING;
    return this.#others === undefined ? this.#first : Buffer.concat([this.#first, ...this.#others]);
  }
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

function tooLarge(maxBytes: number): StkError {
  return new StkError('PAYLOAD_TOO_LARGE', `The body is larger than ${maxBytes} bytes`);
}
