import { isUtf8 } from 'node:buffer';
import { type Json, parseJson, StkError } from '@santokit/contract';

/** What a JSON text (RFC 8259) says; of a name that an object has twice, the last one holds. @throws StkError `BAD_REQUEST` */
export function decodeJson(bytes: Buffer): Json {
  if (!isUtf8(bytes)) throw notUtf8();
  if (bytes.length === 0) throw new StkError('BAD_REQUEST', 'The body is empty: JSON is expected');
  return parsedJson(bytes.toString('utf8'));
}

/** @throws StkError `BAD_REQUEST`, which does not quote the text as the parser's message does */
export function parsedJson(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    throw notJson();
  }
}

export function notJson(): StkError {
  return new StkError('BAD_REQUEST', 'The body is not JSON');
}

export function notUtf8(): StkError {
  return new StkError('BAD_REQUEST', 'The body is not UTF-8');
}
