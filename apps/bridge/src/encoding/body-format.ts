import type { IncomingHttpHeaders } from 'node:http';
import { StkError } from '@santokit/contract';

/** What a body is written in. */
export type BodyFormat = 'json' | 'cbor';

/** @throws StkError `UNSUPPORTED_MEDIA_TYPE` unless the headers say that the body is plain JSON in UTF-8, or CBOR */
export function bodyFormatOf(headers: IncomingHttpHeaders): BodyFormat {
  const contentType = headers['content-type'] ?? '';
  const format = contentType === 'application/json' ? 'json' : formatNamed(contentType);
  if (format === undefined)
    throw new StkError('UNSUPPORTED_MEDIA_TYPE', 'Content-Type must be application/json or application/cbor');
  const coding = headers['content-encoding'] ?? 'identity';
  if (coding.toLowerCase() !== 'identity')
    throw new StkError(
      'UNSUPPORTED_MEDIA_TYPE',
      'A compressed body is not understood: send it without Content-Encoding',
    );
  return format;
}

function formatNamed(contentType: string): BodyFormat | undefined {
  if (JSON_TYPE.test(contentType)) return 'json';
  return CBOR_TYPE.test(contentType) ? 'cbor' : undefined;
}

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?;?\s*$/i;
/** It has no parameters (RFC 8949, section 9.3). */
const CBOR_TYPE = /^application\/cbor\s*;?\s*$/i;
