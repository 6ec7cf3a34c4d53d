import { isUtf8 } from 'node:buffer';
import { type Json, StkError } from '@santokit/contract';

/** What a JSON text (RFC 8259) says; of a name that an object has twice, the last one holds. @throws StkError `BAD_REQUEST` */
export function decodeJson(bytes: Buffer): Json {
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
