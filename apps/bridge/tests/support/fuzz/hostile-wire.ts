import fc from 'fast-check';
import { type HostileRequest, hostileRequest } from './hostile-request.ts';
import { smugglingRequest } from './smuggling-request.ts';

/** What is sent over one connection, and what must come back. */
export interface Wire extends fc.WithToStringMethod {
  readonly bytes: Buffer;
  /** Of the requests, in order: each has one answer of the API's form. */
  readonly methods: readonly string[];
  /** Whether the last of them is not HTTP, or can be read in more than one way: it has one answer at most, and ends the connection. */
  readonly isOdd: boolean;
  /** Whether the server is right to wait for more. */
  readonly isUnfinished: boolean;
}

/**
 * Requests as they come over a wire: alone, several in a row, with odd heads, and with others hidden in them.
 * @param credentials lines of a header each, of callers that there are
 */
export function hostileWire(credentials: readonly string[]): fc.Arbitrary<Wire> {
  const request = hostileRequest(credentials);
  const alone = request.map((one) => wireOf([one]));
  const several = fc.array(request, { minLength: 2, maxLength: 4 }).map(wireOf);
  const hiding = fc.tuple(fc.array(request, { maxLength: 1 }), smugglingRequest(credentials));
  return fc.oneof(
    { weight: 16, arbitrary: alone },
    { weight: 3, arbitrary: several },
    { weight: 3, arbitrary: hiding.map(([before, last]) => wireOf([...before, last])) },
  );
}

/** One that asks for a tunnel stands alone, for it breaks off all else. */
function wireOf(requests: readonly HostileRequest[]): Wire {
  const tunnel = requests.find(({ method }) => method === 'CONNECT');
  const end = requests.findIndex(isLast);
  const sent = tunnel === undefined ? requests.slice(0, end === -1 ? requests.length : end + 1) : [tunnel];
  const last = sent.at(-1);
  const bytes = sent.map(({ head, body, lineEnd = '\r\n', hidesAnother = false }, index) => {
    // A request that is hidden would not be read after one that closes the connection.
    const lines = index === sent.length - 1 && !hidesAnother ? [...head, 'connection: close'] : head;
    return Buffer.concat([Buffer.from([...lines, '', ''].join(lineEnd), 'latin1'), body]);
  });
  return {
    bytes: Buffer.concat(bytes),
    methods: sent.map(({ method }) => method),
    isOdd: last?.flaw !== undefined,
    isUnfinished: last?.flaw === 'unfinished',
    [fc.toStringMethod]: () => JSON.stringify(Buffer.concat(bytes).toString('latin1')),
  };
}

/** Nobody can tell what follows a flaw, and whoever asks for another protocol, or whether to go on, has to wait for the answer. */
function isLast({ flaw, head }: HostileRequest): boolean {
  return flaw !== undefined || head.some((line) => line.startsWith('upgrade:') || line === 'expect: 100-continue');
}
