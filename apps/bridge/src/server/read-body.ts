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
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) {
        chunks.length = 0;
        reject(tooLarge(maxBytes));
      } else chunks.push(chunk);
    });
    request.on('end', () => {
      try {
        resolve(decode(joined(chunks), format));
      } catch (error) {
        reject(error);
      }
    });
    const brokeOff = () => {
      if (!request.complete) reject(new StkError('BAD_REQUEST', 'The request broke off'));
    };
    request.on('error', brokeOff);
    request.on('close', brokeOff);
  });
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
}

function decode(bytes: Buffer, format: BodyFormat): Json {
  return format === 'json' ? decodeJson(bytes) : decodeCbor(bytes);
}

function tooLarge(maxBytes: number): StkError {
  return new StkError('PAYLOAD_TOO_LARGE', `The body is larger than ${maxBytes} bytes`);
}
