import fc from 'fast-check';
import type { HostileRequest } from './hostile-request.ts';

/** A name that only a request has which nobody sent: one that was hidden in the body of another. */
export const SMUGGLED = 'Smuggled';

/**
 * A request on whose end a server and what stands before it could disagree, for its head can be read in two ways or its chunks end in
 * one that is not quite right. Behind the end that one of them would see stands another request.
 */
export function smugglingRequest(credentials: readonly string[]): fc.Arbitrary<HostileRequest> {
  const hidden = fc.tuple(fc.constantFrom(...credentials), fc.nat()).map((parts) => hiddenRequest(...parts));
  const [credential = ''] = credentials;
  return hidden.chain((request) => {
    const afterChunks = Buffer.concat([Buffer.from('0\r\n\r\n'), request]);
    const afterTwo = Buffer.concat([Buffer.from('{}'), request]);
    const parts = fc.oneof(
      fc
        .constantFrom(...BY_CHUNKS)
        .map((line) => ({ lines: [line, `content-length: ${afterChunks.length}`], body: afterChunks })),
      fc
        .constantFrom(...BY_LENGTH)
        .map((line) => ({ lines: [line.replace('FULL', String(afterTwo.length))], body: afterTwo })),
      fc.constantFrom(...BAD_ENDS).map((end) => ({
        lines: ['transfer-encoding: chunked'],
        body: Buffer.concat([Buffer.from(end), request]),
      })),
    );
    return parts.map(({ lines, body }): HostileRequest => {
      const head = [...headOf('count', credential), ...lines];
      return { method: 'POST', head, body, flaw: 'odd', hidesAnother: true };
    });
  });
}

/** Lines by which some would read chunks, beside the length of all of it. */
const BY_CHUNKS = [
  ...[
    'transfer-encoding: chunked',
    'transfer-encoding: xchunked',
    'transfer-encoding: chunk',
    'transfer-encoding: "chunked"',
  ],
  ...['transfer-encoding: chunked, identity', 'transfer-encoding: identity, chunked', 'transfer-encoding : chunked'],
  ...[
    'transfer-encoding:\tchunked',
    'transfer-encoding:\x0bchunked',
    'transfer-encoding: chunked\0',
    ' transfer-encoding: chunked',
  ],
  ...[
    'transfer_encoding: chunked',
    'transfer-encoding:\r\n chunked',
    'x: y\ntransfer-encoding: chunked',
    'x: y\rtransfer-encoding: chunked',
  ],
  'transfer-encoding: chunked\r\ntransfer-encoding: identity',
  'transfer-encoding: cow\r\ntransfer-encoding: chunked',
];

/** Lengths that some would read as 2, others as all of it or not at all. */
const BY_LENGTH = [
  ...[
    'content-length: 2\r\ncontent-length: FULL',
    'content-length: FULL\r\ncontent-length: 2',
    'content-length: 2, FULL',
  ],
  ...[
    'content-length: +2',
    'content-length: 0x2',
    'content-length: 2 2',
    'content-length: 2e0',
    'content-length : 2',
    'content-length: 2\0',
  ],
  ...['content-length: 4294967298', 'content-length: FULL\ncontent-length: 2'],
];

/** Ends of chunks that only a lenient reader takes for one. */
const BAD_ENDS = [
  ...[
    '0\n\n',
    '0\r\n\n',
    '0\n\r\n',
    '0;\n\r\n\r\n',
    '00x0\r\n\r\n',
    '-0\r\n\r\n',
    '2;\n{}\n0\r\n\r\n',
    '2\r\n{}0\r\n\r\n',
  ],
];

function hiddenRequest(credential: string, n: number): Buffer {
  const body = JSON.stringify({ data: { name: SMUGGLED, email: `${SMUGGLED}${n}@x.org` } });
  const head = [...headOf('insert', credential), 'connection: close', `content-length: ${body.length}`];
  return Buffer.from([...head, '', body].join('\r\n'));
}

function headOf(operation: string, credential: string): string[] {
  return [`POST /call/db/users/${operation} HTTP/1.1`, 'host: bridge', credential, 'content-type: application/json'];
}
