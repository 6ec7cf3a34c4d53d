import { createKeyRing } from '../../../apps/bridge/src/target/key-ring.ts';

const MARKS = 100_000;
const USERS = 200_000;
const LOOKUPS = 2_000_000;
const ROUNDS = 9;

/** What it takes a Bridge to ask for each request whether its user was signed out, with many such users and with none. */
function main(): void {
  const rings = { 'no marks': ringOf(0), '100,000 marks': ringOf(MARKS) };
  const times = Object.entries(rings).map(([name, ring]) => ({ name, ring, rounds: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) for (const { ring, rounds } of times) rounds.push(nanosecondsOf(ring));
  for (const { name, rounds } of times) {
    const median = rounds.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
    process.stdout.write(`${name}: ${median.toFixed(0)} ns a request\n`);
  }
}

function ringOf(marks: number) {
  return createKeyRing({
    tokenKeys: [],
    apiKeys: [],
    releaseKeys: [],
    notBefore: Array.from({ length: marks }, (_, n) => ({ sub: userId(n), notBefore: 1_700_000_000 })),
  });
}

function userId(n: number): string {
  return `usr_01J${String(n).padStart(23, '0')}`;
}

/** Users come as the claims of tokens do: texts that were never looked up before. */
function nanosecondsOf({ notBefore }: ReturnType<typeof createKeyRing>): number {
  let hits = 0;
  let elapsedMs = 0;
  for (let done = 0; done < LOOKUPS; done += USERS) {
    const subs = Array.from({ length: USERS }, (_, n) => userId((n * 7_919) % USERS));
    const startedMs = performance.now();
    for (const sub of subs) if ((notBefore.get(sub) ?? 0) > 0) hits++;
    elapsedMs += performance.now() - startedMs;
  }
  if (notBefore.size > 0 && hits === 0) throw new Error('No mark was found');
  return (elapsedMs / LOOKUPS) * 1_000_000;
}

main();
