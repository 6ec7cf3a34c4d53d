import { type Draw, type RandomCall, randomCall } from '@santokit/calls/testing';
import type { Json } from '@santokit/contract';
import { encode } from 'cborg';
import fc from 'fast-check';
import { hostileJson, hostileParams, nestedJson } from './hostile-json.ts';

/** What a request asks for. */
export interface Asked {
  readonly target: string;
  readonly contentType: 'application/json' | 'application/cbor';
  readonly body: Buffer;
}

/** A call, an envelope or a batch that is well-formed but for some of its values, in JSON or CBOR. */
export function meantCalls(): fc.Arbitrary<Asked> {
  const call = randomCall();
  const one = fc.tuple(call, fc.boolean()).map(([made, isEnvelope]) => ({
    target: isEnvelope ? '/call' : `/call/${made.path}`,
    content: (draw: Draw): Json => (isEnvelope ? enveloped(made, draw) : made.params(draw)),
  }));
  const batch = fc.tuple(fc.array(call, { minLength: 1, maxLength: 5 }), fc.constantFrom(true, false, undefined));
  const several = batch.map(([calls, transaction]) => ({
    target: '/batch',
    content: (draw: Draw): Json => ({
      calls: calls.map((made) => enveloped(made, draw)),
      ...(transaction === undefined ? {} : { transaction }),
    }),
  }));
  const asked = fc.oneof({ weight: 3, arbitrary: one }, { weight: 1, arbitrary: several });
  const values = fc.record({
    start: fc.nat(),
    oddities: fc.array(hostileJson, { maxLength: 2 }),
    isCbor: fc.boolean(),
  });
  return fc.tuple(asked, values).map(([{ target, content }, { start, oddities, isCbor }]): Asked => {
    const filled = content(drawWith(start, oddities.length));
    return isCbor
      ? { target, contentType: 'application/cbor', body: Buffer.from(encode(withOddValues(filled, oddities))) }
      : { target, contentType: 'application/json', body: Buffer.from(withOddTexts(filled, oddities)) };
  });
}

/** Bodies of any form under any path. */
export function anyCalls(): fc.Arbitrary<Asked> {
  const body = fc.oneof(
    { weight: 6, arbitrary: hostileParams.map((text) => Buffer.from(text)) },
    { weight: 2, arbitrary: hostileJson.map((text) => Buffer.from(text)) },
    nestedJson.map((text) => Buffer.from(text)),
    hostileParams.map((text) => Buffer.from(text).subarray(0, Math.floor(text.length / 2))),
    hostileParams.map((text) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)])),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    hostileParams.map((text) => Buffer.from(encode(parsed(text)))),
    fc.constant(Buffer.alloc(100_001, 0x20)),
  );
  const contentType = fc.constantFrom('application/json' as const, 'application/cbor' as const);
  return fc.record({ target: anyTarget, contentType, body });
}

const anyTarget = fc.oneof(
  { weight: 5, arbitrary: randomCall().map(({ path }) => `/call/${path}`) },
  fc.constantFrom(
    ...[
      '/call',
      '/call/',
      '/batch',
      '/batch/',
      '/call?x=1',
      '//call',
      '/call/%',
      '/%63all/db/posts/select',
      '/call/logics/x',
      '/',
    ],
    ...[
      '/call/db/__proto__/select',
      '/call/db/posts/toString',
      '/call/db/po%00sts/select',
      '/call/db/../select',
      '/call/db/%ff/select',
    ],
    ...[
      '/call/db/posts%2Fselect',
      `/call/db/${'x'.repeat(9_000)}/select`,
      'http://elsewhere/call/db/posts/select',
      '/call/db/posts/',
    ],
  ),
);

function enveloped({ path, params }: RandomCall, draw: Draw): Json {
  return { path, params: params(draw) };
}

const ODD = /"ODD(\d)"/g;

/** Values that rows have, and that are of the wrong row or none; now and then a place for an odd one. */
function drawWith(start: number, oddities: number): Draw {
  let state = start;
  const next = (bound: number) => {
    // A linear congruential generator (Numerical Recipes, chapter 7).
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  return (type, column) => {
    if (oddities > 0 && next(8) === 0) return `ODD${next(oddities)}`;
    if (column?.enum !== undefined) return column.enum[next(column.enum.length)] ?? null;
    const pool = POOLS[type];
    if (type === 'array' && column?.items?.type === 'int') return [next(3)];
    return pool[next(pool.length)] ?? null;
  };
}

const POOLS: Readonly<Record<Parameters<Draw>[0], readonly Json[]>> = {
  string: ['u1', 'u2', 'p1', 'p2', 'vault', 'red', 'Ann', 'One', 'a', '', '%', '\\', "'", 'x'.repeat(21), '\u{1F600}'],
  file: ['a'],
  int: [0, 1, 2, 3, -1, 7, 2_147_483_647, 2_147_483_648, 1.5],
  bigint: ['1', '2', '7', '-1', '9223372036854775807', '9223372036854775808', '89'],
  float: [0.5, 1, 7, -0, 1e300, 5e-324],
  decimal: ['0.50', '1.75', '7', '1234567890.12', '12345678901.12', '0.001'],
  boolean: [true, false],
  json: [{ deep: { er: 's1' } }, { deep: { er: 1 } }, [], null, 'vault', { ODD: [[[]]] }],
  timestamp: [
    '2025-12-25T00:00:00Z',
    '2026-01-01T00:00:00.123456+02:00',
    '0000-01-01T00:00:00Z',
    '2025-02-30T00:00:00Z',
  ],
  date: ['2025-01-03', '2025-01-04', '9999-12-31', '2025-02-30'],
  uuid: ['00000000-0000-4000-8000-000000000001', 'not a uuid'],
  bytes: ['AQI=', '', 'AQI', '*'],
  array: [['a'], ['a', 'b'], [], ['longer'], [null], [[1]]],
};

/** The JSON text with the oddities as they are written. */
function withOddTexts(value: Json, oddities: readonly string[]): string {
  return JSON.stringify(value).replace(ODD, (_, index) => oddities[Number(index)] ?? 'null');
}

/** The value with what the oddities say. */
function withOddValues(value: Json, oddities: readonly string[]): unknown {
  const odd = JSON.stringify(value).replace(ODD, (_, index) =>
    JSON.stringify(parsed(oddities[Number(index)] ?? 'null')),
  );
  return JSON.parse(odd);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
