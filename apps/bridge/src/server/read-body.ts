import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { type Json, StkError } from '@santokit/contract';

/** @throws StkError `UNSUPPORTED_MEDIA_TYPE` unless the request says that its body is plain JSON in UTF-8 */
export function requireJson({ headers }: IncomingMessage): void {
  const contentType = headers['content-type'] ?? '';
  if (contentType !== 'application/json' && !JSON_TYPE.test(contentType))
    throw new StkError('UNSUPPORTED_MEDIA_TYPE', 'Content-Type must be application/json');
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw new StkError(
      'UNSUPPORTED_MEDIA_TYPE',
      'A compressed body is not understood: send it without Content-Encoding',
    );
}

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?;?\s*$/i;

/**
 * Reads and parses a body of at most `maxBytes`; not one byte more is kept.
 * @throws StkError `PAYLOAD_TOO_LARGE`, or `BAD_REQUEST` for what is not JSON
 */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<Json> {
  const bytes = await readBytes(request, maxBytes);
  if (!isUtf8(bytes)) throw new StkError('BAD_REQUEST', 'The body is not UTF-8');
  try {
    return JSON.parse(bytes.toString('utf8')) as Json;
  } catch {
    // The parser's message quotes the body.
    throw new StkError(
      'BAD_REQUEST',
      bytes.length === 0 ? 'The body is empty: JSON is expected' : 'The body is not JSON',
    );
  }
}

function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) {
        chunks.length = 0;
        reject(tooLarge(maxBytes));
      } else chunks.push(chunk);
    });
    request.once('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    const brokeOff = () => {
      if (!request.complete) reject(new StkError('BAD_REQUEST', 'The request broke off'));
    };
    request.once('error', brokeOff);
    request.once('close', brokeOff);
  });
}

function tooLarge(maxBytes: number): StkError {
  return new StkError('PAYLOAD_TOO_LARGE', `The body is larger than ${maxBytes} bytes`);
}
