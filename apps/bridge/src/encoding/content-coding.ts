import { promisify } from 'node:util';
import { brotliCompress, constants, deflate, gzip, zstdCompress } from 'node:zlib';
import { qualitiesOf } from './qualities.ts';

/** In the order in which they are preferred: what each makes of JSON for the time that it takes. */
const CODINGS = ['zstd', 'br', 'gzip', 'deflate'] as const;
export type ContentCoding = (typeof CODINGS)[number];

/** Smaller answers fit into one packet anyway. */
const LEAST_BYTES = 1_024;

/**
 * How an answer of that many bytes is to be compressed for a client with this `Accept-Encoding` (RFC 9110, section 12.5.3); undefined:
 * not at all.
 */
export function contentCodingOf(acceptEncoding: string, bytes: number): ContentCoding | undefined {
  let preference = REMEMBERED.get(acceptEncoding);
  if (preference === undefined) {
    preference = preferenceOf(acceptEncoding);
    if (REMEMBERED.size >= MOST_REMEMBERED) REMEMBERED.clear();
    REMEMBERED.set(acceptEncoding, preference);
  }
  return bytes > LEAST_BYTES || preference.isRequired ? preference.coding : undefined;
}

interface Preference {
  readonly coding: ContentCoding | undefined;
  /** Whether an answer that is not compressed would not be accepted. */
  readonly isRequired: boolean;
}

/** Every browser and library sends one of a few. */
const REMEMBERED = new Map<string, Preference>();
const MOST_REMEMBERED = 100;

function preferenceOf(acceptEncoding: string): Preference {
  const qualities = qualitiesOf(acceptEncoding);
  const everything = qualities.get('*');
  // Who takes anything is given what everybody can read.
  const quality = (coding: ContentCoding) => qualities.get(coding) ?? (coding === 'gzip' ? everything : 0) ?? 0;
  const identity = qualities.get('identity') ?? (everything === 0 ? 0 : undefined);
  let best: ContentCoding | undefined;
  for (const coding of CODINGS)
    if (quality(coding) > (best === undefined ? 0 : quality(best)) && quality(coding) >= (identity ?? 0)) best = coding;
  return { coding: best, isRequired: identity === 0 };
}

/** Compresses in the thread pool, at levels that cost about as much time as the network saves. */
export async function compressed(body: Uint8Array, coding: ContentCoding): Promise<Uint8Array> {
  return await COMPRESS[coding](body);
}

const ofBrotli = promisify(brotliCompress);
const ofZstd = promisify(zstdCompress);
const ofGzip = promisify(gzip);
const ofDeflate = promisify(deflate);
const GZIP_LEVEL = 5;
const BROTLI_QUALITY = 4;
const ZSTD_LEVEL = 3;

const COMPRESS: { readonly [C in ContentCoding]: (body: Uint8Array) => Promise<Uint8Array> } = {
  zstd: (body) => ofZstd(body, { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } }),
  br: (body) =>
    ofBrotli(body, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
      },
    }),
  gzip: (body) => ofGzip(body, { level: GZIP_LEVEL }),
  // The zlib format (RFC 9110, section 8.4.1.2), not bare deflate.
  deflate: (body) => ofDeflate(body, { level: GZIP_LEVEL }),
};
