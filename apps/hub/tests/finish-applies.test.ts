import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CrashStage, type Files } from './support/crash-stage.ts';
import type { Fault, PassingStatement } from './support/fault-proxy.ts';

const files = (table: string, column: string, from: { table: string; column: string }): Files => ({
  'schema/shop.yaml': `version: 1
tables:
  ${table}:
    renamedFrom: ${from.table}
    columns:
      ${column}: { type: string, renamedFrom: ${from.column} }
      note: { type: string, nullable: true }
`,
  'config/permissions.yaml': `version: 1\ntables:\n  ${table}: { select: { roles: [public] } }\n`,
});
const ONE = { table: 'books', column: 'title' };
const OTHER = { table: 'articles', column: 'head' };
const BEFORE = files('books', 'title', OTHER);
const AFTER = files('articles', 'head', ONE);

let stage: CrashStage;
beforeAll(async () => {
  stage = await CrashStage.start();
});
afterAll(() => stage.stop());

const inForce = async () =>
  (await stage.store<{ id: string | null }[]>`select current_release_id as id from envs`)[0]?.id ?? null;
const unfinished = () => stage.store`select env_id from unfinished_applies`;
const bySystem = () =>
  stage.store<{ action: string; detail: Record<string, unknown> }[]>`
    select action, detail from audit_log where actor_type = 'system' and action <> 'access.refuse' order by seq`;

type Moment = Pick<Fault, 'counts' | 'at' | 'moment'>;
/** Right before the renames are made. */
const beforeRenames: Moment = { counts: ({ text }) => /RENAME/.test(text), at: 1, moment: 'before' };

/** When the renames are kept and nobody was told, or when the next thing is asked of `database`. */
function afterRenames(database?: string): Moment {
  let isRenamed = false;
  const counts = (statement: PassingStatement) => {
    isRenamed ||= /RENAME/.test(statement.text);
    return isRenamed && (database === undefined ? /^commit/i.test(statement.text) : statement.database === database);
  };
  return { counts, at: 1, moment: database === undefined ? 'after' : 'before' };
}

async function expectNothingLeft(inFiles: Files): Promise<void> {
  expect(await stage.left(inFiles)).toEqual({ plan: [], drift: [] });
}

describe('an apply that is ended between its renames and the pointer', () => {
  it.each([
    ['by the death of the Hub, is finished by the next Hub', 'kill'],
    ['by the loss of the database, is finished by the same Hub', 'shop'],
    ["by the loss of the Hub's own database, is finished by the same Hub", 'store'],
  ] as const)('%s, without anybody asking', async (_, loss) => {
    expect((await stage.apply(BEFORE)).status).toBe(200);
    const before = await inForce();
    const entries = (await bySystem()).length;
    const { hub, names } = stage;
    const strike = () => (loss === 'kill' ? void hub.stop('SIGKILL') : stage.proxy.cut(names[loss]));
    stage.proxy.arm({ ...afterRenames(loss === 'store' ? names.store : undefined), strike });
    const answer = await stage.apply(AFTER).catch(() => undefined);
    expect(stage.proxy.disarm()).toHaveLength(1);
    expect(answer?.status ?? 503).toBe(503);
    expect([await inForce(), (await stage.missing()).length > 0]).toEqual([before, true]);
    if (loss === 'kill') await stage.restart();
    else stage.proxy.mend();
    await expect.poll(() => stage.missing(), { timeout: 20_000 }).toEqual([]);
    await expect.poll(unfinished, { timeout: 20_000 }).toEqual([]);
    expect(await inForce()).not.toBe(before);
    await expect.poll(async () => (await bySystem()).length).toBe(entries + 2);
    const [schema, release] = (await bySystem()).slice(-2);
    expect(schema).toMatchObject({ action: 'schema.apply', detail: { steps: [], resumed: true } });
    expect(schema?.detail.requestedBy).toMatch(/^op_/);
    expect(release).toMatchObject({ action: 'release.create', detail: { before, ref: 'test' } });
    await expectNothingLeft(AFTER);
  });

  it('is superseded by what an operator applies meanwhile', async () => {
    expect((await stage.apply(BEFORE)).status).toBe(200);
    const { hub } = stage;
    stage.proxy.arm({ ...afterRenames(), strike: () => void hub.stop('SIGKILL') });
    await stage.apply(AFTER).catch(() => undefined);
    stage.proxy.disarm();
    await stage.restart();
    const { status, text } = await stage.apply(BEFORE);
    expect([status, text]).toEqual([200, expect.anything()]);
    await expect.poll(unfinished).toEqual([]);
    await expectNothingLeft(BEFORE);
  });
});

it('an apply that is ended right before its renames is dropped, and the release in force goes on', async () => {
  expect((await stage.apply(BEFORE)).status).toBe(200);
  const before = await inForce();
  const { hub } = stage;
  stage.proxy.arm({ ...beforeRenames, strike: () => void hub.stop('SIGKILL') });
  await stage.apply(AFTER).catch(() => undefined);
  stage.proxy.disarm();
  expect(await unfinished()).toHaveLength(1);
  await stage.restart();
  await expect.poll(unfinished, { timeout: 20_000 }).toEqual([]);
  expect([await inForce(), await stage.missing()]).toEqual([before, []]);
  expect((await bySystem()).at(-1)).toMatchObject({ action: 'schema.apply', detail: { steps: [], dropped: true } });
  await expectNothingLeft(BEFORE);
});

it('what somebody did to the databases meanwhile is not undone, and told in the log until an operator applies', async () => {
  const { hub } = stage;
  stage.proxy.arm({ ...afterRenames(), strike: () => void hub.stop('SIGKILL') });
  await stage.apply(AFTER).catch(() => undefined);
  stage.proxy.disarm();
  await hub.stop('SIGKILL');
  await stage.settle();
  await stage.shop`alter table articles drop column note`;
  await stage.restart();
  await expect.poll(() => stage.hub.output(), { timeout: 20_000 }).toContain('could not be finished');
  expect(stage.hub.output()).toContain('was not planned');
  expect(await unfinished()).toHaveLength(1);
  expect((await stage.apply(AFTER)).status).toBe(200);
  expect([await unfinished(), await stage.missing()]).toEqual([[], []]);
});
