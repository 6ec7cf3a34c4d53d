import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { decodeCborAside, encodeCborAside } from './cbor-aside.ts';
import { decodeCbor } from './decode-cbor.ts';
import { encodeCbor } from './encode-cbor.ts';

const rows = Array.from({ length: 20_000 }, (_, n) => ({ id: n, title: `Row ${n} é`, tags: ['a', null, n / 7] }));
const json = JSON.stringify({ data: rows, long: 0 }).replace('"long":0', '"long":9007199254740993');

/** How often the event loop came round while something was under way. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work;
  isOver = true;
  return turns;
}

describe('large CBOR', () => {
  it('is written as it would be on the event loop, from text and from bytes that lie within others', async () => {
    const expected = Buffer.from(encodeCbor(json));
    const within = Buffer.concat([Buffer.from('before'), Buffer.from(json), Buffer.from('after')]).subarray(6, -5);
    expect(expected.equals(await encodeCborAside(json))).toBe(true);
    expect(expected.equals(await encodeCborAside(within))).toBe(true);
    expect(within.toString()).toBe(json);
  });

  it('is read as it would be on the event loop', async () => {
    const cbor = Buffer.from(encodeCbor(json));
    expect(JSON.parse((await decodeCborAside(cbor)).toString())).toEqual(decodeCbor(cbor));
    const named = Buffer.from('a1695f5f70726f746f5f5f01', 'hex');
    expect((await decodeCborAside(named)).toString()).toBe('{"__proto__":1}');
  });

  it('lets the event loop go round while it is written and read', async () => {
    await encodeCborAside('{}');
    expect(await turnsDuring(encodeCborAside(json))).toBeGreaterThan(100);
    const cbor = encode(rows);
    expect(await turnsDuring(decodeCborAside(cbor))).toBeGreaterThan(100);
  });

  it('is refused as it would be on the event loop, and the next is done all the same', async () => {
    await expect(decodeCborAside(Buffer.from('8201', 'hex'))).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: 'The body is not CBOR',
    });
    await expect(encodeCborAside(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)).rejects.toMatchObject({
      code: 'RESULT_TOO_LARGE',
    });
    expect(Buffer.from(await encodeCborAside('1')).toString('hex')).toBe('01');
  });
});
