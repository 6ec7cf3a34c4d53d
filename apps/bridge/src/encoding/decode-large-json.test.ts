import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJson } from './decode-json.ts';
import { decodeLargeJson } from './decode-large-json.ts';

/** Names that objects treat in ways of their own, or that are written as what texts are cut at. */
const NAMES = ['', '__proto__', 'constructor', '7', '10', 'a', 'a,"b', 'a\\', '"b', '{', ']', 'é\u2028', '😀'];

function randomText(): fc.Arbitrary<string> {
  const { value } = fc.letrec<{ value: string }>((tie) => {
    const text = fc.oneof(fc.constantFrom(...NAMES), fc.string()).map((string) => JSON.stringify(string));
    const space = fc.constantFrom('', '', '', ' ', '\n\t');
    const scalar = fc.oneof(text, fc.constantFrom('1', '-1.5e3', 'true', 'null', '1e999', '0'));
    const member = fc.tuple(text, space, tie('value')).map(([name, gap, held]) => `${name}${gap}:${held}`);
    const within = (open: string, part: fc.Arbitrary<string>, close: string) =>
      fc
        .tuple(space, fc.array(part, { maxLength: 5 }), space)
        .map(([a, parts, b]) => `${open}${a}${parts.join(`${b},${a}`)}${b}${close}`);
    return {
      value: fc.oneof(
        { maxDepth: 5, depthIdentifier: 'text' },
        { weight: 1, arbitrary: scalar },
        { weight: 2, arbitrary: within('[', tie('value'), ']') },
        { weight: 3, arbitrary: within('{', member, '}') },
      ),
    };
  });
  return value;
}

/** V8 13 reads a name that is one escape as a backslash once one was read in the same place, whichever way the text is read. */
const MISREAD = /"\\(?:u....|.)"/s;

/** The text itself, or one that is nearly the same. */
function nearlyJson(): fc.Arbitrary<string> {
  const change = fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...'[]{},:"\\0 '));
  return fc.tuple(randomText(), fc.array(change, { maxLength: 2 })).map(([text, changes]) =>
    changes.reduce((made, [where, length, inserted]) => {
      const at = where % (made.length + 1);
      return made.slice(0, at) + inserted + made.slice(at + length);
    }, text),
  );
}

/** What comes of it, in full: values are compared with the order of their members and their own `__proto__`. */
async function outcome(read: () => unknown): Promise<string> {
  try {
    return shown(await read());
  } catch (error) {
    return String(error);
  }
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join()}]`;
  if (value === null || typeof value !== 'object')
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  const members = Object.entries(Object.getOwnPropertyDescriptors(value));
  return `{${members.map(([name, { value: held }]) => `${JSON.stringify(name)}:${shown(held)}`).join()}}`;
}

/** An object with so many names. */
function names(count: number): string {
  return `{${Array.from({ length: count }, (_, n) => `"k${n}":1`).join()}}`;
}

/** How often the event loop came round while something was under way. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work.catch(() => {});
  isOver = true;
  return turns;
}

/** Milliseconds of this thread. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** The longest time of this thread between two turns of the event loop while a text is read, and the whole of it. */
async function cpuTimesOf(text: string): Promise<{ longest: number; whole: number }> {
  const bytes = Buffer.from(text);
  const startMs = cpuMs();
  let [lastMs, longest, isOver] = [startMs, 0, false];
  const turn = () => {
    const nowMs = cpuMs();
    longest = Math.max(longest, nowMs - lastMs);
    lastMs = nowMs;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await decodeLargeJson(bytes);
  isOver = true;
  return { longest, whole: cpuMs() - startMs };
}

/** What share of the whole time the longest is. */
async function longestShareOf(text: string): Promise<number> {
  const shares: number[] = [];
  // Memory may have to be cleared away in one of them.
  for (let run = 0; run < 4; run++) {
    const { longest, whole } = await cpuTimesOf(text);
    shares.push(longest / whole);
  }
  return Math.min(...shares);
}

describe('a large JSON body', () => {
  it('says what it would say if it were read at once, and is refused where that would be', async () => {
    const property = fc.asyncProperty(nearlyJson(), fc.integer({ min: 0, max: 40 }), async (text, pieceBytes) => {
      fc.pre(!MISREAD.test(text));
      const bytes = Buffer.from(text);
      const expected = await outcome(() => (text === '' ? decodeJson(Buffer.from('?')) : decodeJson(bytes)));
      expect(await outcome(() => decodeLargeJson(bytes, pieceBytes))).toBe(expected);
    });
    await fc.assert(property, { numRuns: 3_000 });
  });

  it.each([
    ['[1,'],
    ['[1,]'],
    ['[,1]'],
    ['[1,,2]'],
    ['[1],[2]'],
    ['[1,2]]'],
    ['[1,2}'],
    ['{"a":1,}'],
    ['{"a",1}'],
    ['{,"a":1}'],
    ['{"a":,"b":1}'],
    ['["a,b]'],
    ['[1,2,"a'],
    ['[1,\ufeff2]'],
  ])('%j is not JSON, wherever it is cut', async (text) => {
    for (let pieceBytes = 0; pieceBytes < text.length; pieceBytes++)
      await expect(decodeLargeJson(Buffer.from(text), pieceBytes)).rejects.toThrow('The body is not JSON');
  });

  it.each([
    ['empty lists', `[${Array(900_000).fill('[]').join()}]`],
    ['names that are all different', `[${Array(5).fill(names(90_000)).join()}]`],
    ['more lists than anybody sends', `[${Array(3_000_000).fill('[]').join()}]`],
  ])('of %s lets the event loop go round once for each 64 KiB that are read', async (_, text) => {
    const read = Math.min(text.length, 3_000_000);
    expect(await turnsDuring(decodeLargeJson(Buffer.from(text)))).toBeGreaterThanOrEqual(Math.floor(read / 65_600) - 1);
  });

  it('of names that are numbers far apart has no piece that takes much longer than the others', async () => {
    const names = Array.from({ length: 99_000 }, (_, n) => `"${(n * 5_003) % 450_000}":1`);
    expect(await longestShareOf(`{${names.join()}}`)).toBeLessThan(1 / 4);
  });

  it('reads a name of megabytes once, though all its pieces are within it', async () => {
    const list = `[${'1,'.repeat(2_000_000)}1]`;
    const { whole: plain } = await cpuTimesOf(list);
    const { whole: named } = await cpuTimesOf(`{"${'\\u0061'.repeat(1_000_000)}":${list}}`);
    expect(named).toBeLessThan(plain * 2 + 300);
  });

  it('that names the greatest index itself keeps it', async () => {
    const text = `{"4294967294":7,${Array.from({ length: 30 }, (_, n) => `"${n * 7}":${n}`).join()}}`;
    for (const pieceBytes of [0, 5, 50])
      expect(await decodeLargeJson(Buffer.from(text), pieceBytes)).toEqual(JSON.parse(text));
  });

  it('holds a bounded number of lists and objects, and not too many in each other', async () => {
    const many = Buffer.from(`[${'{},'.repeat(1_000_000)}0]`);
    await expect(decodeLargeJson(many)).rejects.toThrow('The body holds more than 1000000 lists and objects');
    const named = Buffer.from(`[0,${names(100_001)}]`);
    await expect(decodeLargeJson(named)).rejects.toThrow('An object of the body has more than 100000 names');
    const deep = Buffer.from(`${'['.repeat(300_000)}${']'.repeat(300_000)}`);
    await expect(decodeLargeJson(deep)).rejects.toThrow('A body of this size is nested at most 256 deep');
    await expect(decodeLargeJson(Buffer.from([0x22, 0xff, 0x22]))).rejects.toThrow('The body is not UTF-8');
  });
});
