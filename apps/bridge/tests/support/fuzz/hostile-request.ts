import fc from 'fast-check';
import { type Asked, anyCalls, meantCalls } from './hostile-calls.ts';
import { BAD_CREDENTIALS, ODD_LINES, SOUND_LINES } from './hostile-lines.ts';

/** A request before it is written down. */
export interface HostileRequest {
  readonly method: string;
  readonly head: readonly string[];
  readonly body: Buffer;
  /** Whether it is not HTTP, or can be read in more than one way; or is less than it says. */
  readonly flaw?: 'odd' | 'unfinished';
  /** Whether its body holds another one, for who reads it wrongly. */
  readonly hidesAnother?: boolean;
  /** Line ends of the head. */
  readonly lineEnd?: string;
}

/** Calls, most of them meant well, as requests of any method, with any further lines, in any framing. */
export function hostileRequest(credentials: readonly string[]): fc.Arbitrary<HostileRequest> {
  const asked = fc.oneof({ weight: 4, arbitrary: meantCalls() }, { weight: 1, arbitrary: anyCalls() });
  const extras = fc.oneof(fc.constant<Extra[]>([]), fc.array(extra, { minLength: 1, maxLength: 2 }));
  const credential = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...credentials) },
    { weight: 1, arbitrary: fc.constantFrom(...BAD_CREDENTIALS) },
  );
  const method = fc.constantFrom(...Array<string>(80).fill('POST'), ...METHODS);
  return fc.record({ method, asked, credential, extras, framing }).map((parts) => {
    const request = framed(parts);
    const flaw = parts.extras.find((each) => each.flaw !== undefined)?.flaw ?? request.flaw;
    return flaw === undefined ? request : { ...request, flaw };
  });
}

const METHODS = ['GET', 'OPTIONS', 'PUT', 'TRACE', 'HEAD', 'DELETE', 'CONNECT', 'QUERY'];

interface Extra {
  readonly line: string;
  readonly flaw?: 'odd';
}

const controls = fc
  .string({ unit: 'binary', maxLength: 30 })
  .map((text) => `x-any: ${text.replace(/[\r\n]/g, '')}\x01`);
const extra: fc.Arbitrary<Extra> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...SOUND_LINES).map((line): Extra => ({ line })) },
  {
    weight: 1,
    arbitrary: fc.oneof(fc.constantFrom(...ODD_LINES), controls).map((line): Extra => ({ line, flaw: 'odd' })),
  },
);

const SOUND_FRAMINGS = ['length', 'length', 'length', 'chunked'] as const;
const ODD_FRAMINGS = ['too long', 'cut off', 'bare LF', 'another version', 'HTTP/1.0', 'bad chunk'] as const;
type Framing = (typeof SOUND_FRAMINGS)[number] | (typeof ODD_FRAMINGS)[number];
const framing = fc.oneof(
  { weight: 16, arbitrary: fc.constantFrom<Framing>(...SOUND_FRAMINGS) },
  { weight: 1, arbitrary: fc.constantFrom<Framing>(...ODD_FRAMINGS) },
);

interface Parts {
  readonly method: string;
  readonly asked: Asked;
  readonly credential: string;
  readonly extras: readonly Extra[];
  readonly framing: Framing;
}

function framed({ method, asked, credential, extras, framing: way }: Parts): HostileRequest {
  const { target, contentType, body } = asked;
  const version = way === 'another version' ? 'HTTP/2.0' : way === 'HTTP/1.0' ? 'HTTP/1.0' : 'HTTP/1.1';
  const lines = extras.map(({ line }) => line);
  const isTyped = lines.some((line) => line.startsWith('content-type'));
  const head = [
    `${method} ${method === 'CONNECT' ? 'elsewhere:80' : target} ${version}`,
    'host: bridge',
    credential,
    ...(isTyped ? [] : [`content-type: ${contentType}`]),
    ...lines,
  ];
  const withLength = (length: number) => [...head, `content-length: ${length}`];
  const chunked = [...head, 'transfer-encoding: chunked'];
  switch (way) {
    case 'length':
      return { method, head: withLength(body.length), body };
    case 'chunked':
      return { method, head: chunked, body: inChunks(body) };
    case 'too long':
      return { method, head: withLength(body.length + 10), body, flaw: 'unfinished' };
    case 'cut off':
      return { method, head: chunked, body: inChunks(body).subarray(0, -3), flaw: 'unfinished' };
    case 'bare LF':
      return { method, head: withLength(body.length), body, lineEnd: '\n', flaw: 'odd' };
    case 'another version':
      return { method, head: withLength(body.length), body, flaw: 'odd' };
    case 'HTTP/1.0':
      // It cannot be followed by another one.
      return { method, head: withLength(body.length), body, flaw: 'odd' };
    case 'bad chunk':
      return { method, head: chunked, body: Buffer.concat([Buffer.from('zz\r\n'), body]), flaw: 'odd' };
  }
}

/** Two chunks, with an extension and a trailer. */
function inChunks(body: Buffer): Buffer {
  const middle = Math.floor(body.length / 2);
  const chunks = [body.subarray(0, middle), body.subarray(middle)].filter(({ length }) => length > 0);
  const parts = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)};x="y"\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...parts, Buffer.from('0\r\nx-trailer: y\r\n\r\n')]);
}
