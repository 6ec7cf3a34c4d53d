import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CrashStage, type Files } from './support/crash-stage.ts';
import type { Fault, PassingStatement } from './support/fault-proxy.ts';

const PERMISSIONS = 'version: 1\ntables:\n  books: { select: { roles: [public] } }\n';
const BEFORE: Files = {
  'schema/shop.yaml': `version: 1
tables:
  books:
    columns:
      title: { type: string, maxLength: 200 }
      note: { type: string, nullable: true }
      stock: { type: int, default: 0 }
      sold: { type: int, default: 0 }
      kind: { type: string, default: novel, renamedFrom: genre }
      series_id: { type: bigint, native: integer, nullable: true, references: { table: series } }
  shelves:
    renamedFrom: racks
    columns:
      place: { type: string, renamedFrom: room }
  labels:
    columns:
      text: { type: string }
  series:
    id: { generate: auto_increment, native: integer }
    columns:
      name: { type: string }
`,
  'config/permissions.yaml': PERMISSIONS,
};
/**
 * A table to make, to rename and to drop, a column to add, to fill, to widen, to rename, to drop and to make required, an index and a
 * foreign key, and a key of numbers to widen with what refers to it.
 */
const AFTER: Files = {
  'schema/shop.yaml': `version: 1
tables:
  books:
    columns:
      title: { type: string, maxLength: 200 }
      note: { type: string }
      pages: { type: int, nullable: true }
      sold: { type: bigint, default: '0' }
      code: { type: uuid, default: uuid_v4 }
      author_id: { type: string, nullable: true, references: { table: authors } }
      genre: { type: string, default: novel, renamedFrom: kind }
      series_id: { type: bigint, nullable: true, references: { table: series } }
    indexes:
      - { columns: [title] }
      - { columns: [author_id] }
  racks:
    renamedFrom: shelves
    columns:
      room: { type: string, renamedFrom: place }
  authors:
    columns:
      name: { type: string, unique: true }
  series:
    id: { generate: auto_increment }
    columns:
      name: { type: string }
`,
  'config/permissions.yaml': PERMISSIONS,
};

/** `STK_CRASH_WALK=all` takes every step of each walk, which is minutes. */
const isWhole = process.env.STK_CRASH_WALK === 'all';
/** Who is told that a database is lost is told soon. */
const MOST_WAIT_MS = 8_000;
const PATIENCE_MS = isWhole ? 1_800_000 : 180_000;

let stage: CrashStage;
/** A table has 1,600 columns in its life, those that were dropped included: so many applies are far from it. */
const MOST_TURNS_ON_STAGE = 80;
async function setStage(): Promise<void> {
  stage = await CrashStage.start();
  expect((await stage.apply(BEFORE)).status).toBe(200);
  await stage.shop`insert into series (name) values ('first'), ('second')`;
  await stage.shop`insert into books (id, title, note, series_id) values ('a', 'one', 'x', 1), ('b', 'two', 'y', 2)`;
}
beforeEach(setStage);
afterEach(() => stage.stop());

/** After such a statement something is there for good. */
const isLasting = ({ text }: PassingStatement) => /^(commit|(create|drop) (unique )?index concurrently)/i.test(text);
/** What the Hub does by itself meanwhile is no statement of an apply. */
const isAny = ({ text }: PassingStatement) => !/^delete from|"unfinished_applies"/i.test(text);

interface Walk {
  readonly counts: (statement: PassingStatement) => boolean;
  readonly moment: Fault['moment'];
  /** Of so many statements one meets the fault, unless the whole walk is asked for. */
  readonly oneOf: number;
}
type Strike = (fault: Omit<Fault, 'strike'>) => Promise<readonly PassingStatement[]>;

/**
 * Lets a fault strike ever later statements of an apply, until one is through before its fault. After each, the work is finished or, in
 * turn, given up.
 */
async function walk({ counts, moment, oneOf }: Walk, strike: Strike): Promise<void> {
  const stride = isWhole ? 1 : oneOf;
  for (let at = 1, turn = 0; ; at += stride, turn++) {
    const counted = await strike({ counts, moment, at });
    const where = `${moment} statement ${at}: ${counted[at - 1]?.text}`;
    // What is ended between its renames and the pointer is finished by the Hub itself.
    await expect.poll(async () => [where, await stage.missing()], { timeout: 20_000 }).toEqual([where, []]);
    const isThrough = counted.length < at;
    if (isWhole || isThrough || turn % 2 === 0) await expectApplied(AFTER, where);
    await expectApplied(BEFORE, where);
    if (!isThrough && turn % MOST_TURNS_ON_STAGE === MOST_TURNS_ON_STAGE - 1) {
      await stage.stop();
      await setStage();
    }
    if (!isThrough) continue;
    expect(turn).toBeGreaterThan(3);
    return;
  }
}

async function expectApplied(files: Files, where: string): Promise<void> {
  const { status, text } = await applied(files);
  expect([where, status, text]).toEqual([where, 200, expect.anything()]);
  expect([where, await stage.missing(), await stage.left(files)]).toEqual([where, [], { plan: [], drift: [] }]);
  const tables = await stage.shop`select tablename from pg_tables where schemaname = 'public' order by 1`;
  const expected = files === AFTER ? ['authors', 'books', 'racks', 'series'] : ['books', 'labels', 'series', 'shelves'];
  expect([where, tables.map(({ tablename }) => tablename)]).toEqual([where, expected]);
  expect(await stage.shop`select id from books where title in ('one', 'two')`).toHaveLength(2);
}

/** Tries again while the Hub is still at what the apply before left undone. */
async function applied(files: Files): Promise<{ readonly status: number; readonly text: string }> {
  for (const endMs = performance.now() + 20_000; ; await sleep(200)) {
    const answer = await stage.apply(files);
    const isBusy = answer.status === 409 && answer.text.includes('Another apply');
    if (!isBusy || performance.now() > endMs) return answer;
  }
}

/** The Hub dies as by `kill -9`, and another one is started. */
const kill: Strike = async (fault) => {
  const { hub } = stage;
  stage.proxy.arm({ ...fault, strike: () => void hub.stop('SIGKILL') });
  const answer = await stage.apply(AFTER).catch(() => undefined);
  const counted = stage.proxy.disarm();
  if (counted.length < fault.at) {
    expect(answer?.status).toBe(200);
    return counted;
  }
  await hub.stop('SIGKILL');
  await stage.settle();
  await stage.restart();
  return counted;
};

/** All connections to the database that the statement was for are lost; it comes back when the apply has ended. */
const cut: Strike = async (fault) => {
  let cutAtMs = Number.POSITIVE_INFINITY;
  const strike = ({ database }: PassingStatement) => {
    cutAtMs = performance.now();
    stage.proxy.cut(database);
  };
  stage.proxy.arm({ ...fault, strike });
  const answer = await stage.apply(AFTER);
  expect(performance.now() - cutAtMs).toBeLessThan(MOST_WAIT_MS);
  const counted = stage.proxy.disarm();
  await stage.mend();
  const where = counted[fault.at - 1]?.text;
  const isUnlock = where?.includes('pg_advisory_unlock') === true;
  const expected = where === undefined || isUnlock ? 200 : 503;
  expect([where, answer.status, answer.text]).toEqual([where, expected, expect.anything()]);
  expect(stage.hub.isRunning()).toBe(true);
  return counted;
};

describe('wherever an apply is ended, the release in force soon has its schema, and the next apply finishes or undoes the work', () => {
  it.each<[string, Walk, Strike]>([
    ['the Hub is killed', { counts: isLasting, moment: 'before', oneOf: 6 }, kill],
    ['a database is lost before it keeps something', { counts: isLasting, moment: 'before', oneOf: 3 }, cut],
    ['a database is lost after it kept something', { counts: isLasting, moment: 'after', oneOf: 7 }, cut],
    ['a database is lost at any statement', { counts: isAny, moment: 'before', oneOf: 43 }, cut],
  ])('%s', { timeout: PATIENCE_MS }, (_, faults, strike) => walk(faults, strike));
});

it('a Hub whose database is lost while it connects to it says so, and lives on', async () => {
  const { store } = stage.names;
  // All connections are new ones from here on, and read the types before anything else.
  stage.proxy.cut(store);
  stage.proxy.mend();
  const counts = ({ database, text }: PassingStatement) => database === store && text.includes('typarray');
  stage.proxy.arm({ counts, moment: 'before', at: 1, strike: () => stage.proxy.cut(store) });
  const answers = [await stage.call('GET /api/v1/projects'), await stage.call('GET /api/v1/projects')];
  expect(stage.proxy.disarm()).toHaveLength(1);
  expect(answers.map(({ status }) => status)).toEqual([503, 503]);
  await stage.mend();
  expect([stage.hub.isRunning(), (await stage.call('GET /api/v1/projects')).status]).toEqual([true, 200]);
});
