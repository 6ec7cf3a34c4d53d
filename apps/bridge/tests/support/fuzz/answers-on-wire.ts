import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';

export interface WireAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Decompressed. */
  readonly body: Buffer;
}

/**
 * The answers in what came over a connection, in order; interim ones are passed over.
 * @throws Error for what is not a row of whole answers
 */
export function answersOn(bytes: Buffer, methods: readonly string[]): WireAnswer[] {
  const answers: WireAnswer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf('\r\n\r\n', at);
    const [first = '', ...lines] = bytes.subarray(at, end).toString('latin1').split('\r\n');
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1];
    if (end === -1 || status === undefined)
      throw new Error(`No answer: ${bytes.subarray(at, at + 200).toString('latin1')}`);
    at = end + 4;
    if (status.startsWith('1')) continue;
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    );
    const hasNone = methods[answers.length] === 'HEAD' || status === '204' || status === '304';
    const { content, next } = hasNone ? { content: Buffer.alloc(0), next: at } : bodyAt(bytes, at, headers);
    at = next;
    answers.push({ status: Number(status), headers, body: decompressed(content, headers.get('content-encoding')) });
  }
  return answers;
}

function bodyAt(bytes: Buffer, at: number, headers: ReadonlyMap<string, string>): { content: Buffer; next: number } {
  if (headers.get('transfer-encoding') === 'chunked') return chunksAt(bytes, at);
  const length = headers.get('content-length');
  const next = length === undefined ? bytes.length : at + Number(length);
  if (!(next <= bytes.length)) throw new Error(`An answer of ${length} bytes broke off after ${bytes.length - at}`);
  return { content: bytes.subarray(at, next), next };
}

function chunksAt(bytes: Buffer, start: number): { content: Buffer; next: number } {
  const chunks: Buffer[] = [];
  let at = start;
  for (;;) {
    const end = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.subarray(at, end).toString(), 16);
    if (end === -1 || Number.isNaN(size)) throw new Error('An answer broke off between its chunks');
    at = end + 2 + size + 2;
    if (size === 0) return { content: Buffer.concat(chunks), next: at };
    chunks.push(bytes.subarray(end + 2, end + 2 + size));
  }
}

function decompressed(content: Buffer, coding: string | undefined): Buffer {
  switch (coding) {
    case undefined:
      return content;
    case 'gzip':
      return gunzipSync(content);
    case 'br':
      return brotliDecompressSync(content);
    case 'zstd':
      return zstdDecompressSync(content);
    case 'deflate':
      return inflateSync(content);
    default:
      throw new Error(`An answer is encoded as ${coding}`);
  }
}
