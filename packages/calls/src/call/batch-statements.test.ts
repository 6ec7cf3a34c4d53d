import type { Principal } from '@santokit/contract';
import { engineNamed } from '@santokit/engine';
import { expect, it } from 'vitest';
import { callTogether } from './call-together.ts';
import { recordCall, serveRules } from './testing/recorded-statements.ts';
import { RecordingDatabase } from './testing/recording-database.ts';
import { EVERYTHING } from './testing/served-blog.ts';
import { transactPlainly } from './transact.ts';

const MARK = 'MARK\'";--/*$1\\';
const CALLER: Principal = { type: 'api_key', sub: null, roles: ['admin'], claims: {} };
const CALLS = [
  { path: 'db/posts/select', params: { where: { title: MARK } } },
  { path: 'db/users/insert', params: { data: [{ name: MARK, email: MARK }] } },
  { path: 'db/users/update', params: { where: { name: MARK }, data: { phone: MARK } } },
  { path: 'db/comments/delete', params: { where: { body: MARK } } },
];

it('a batch makes the statements of its calls and no others', async () => {
  const served = serveRules(EVERYTHING);
  const database = new RecordingDatabase();
  const databases = new Map([['main', database]]);
  const batch = { served, databases, principal: CALLER, env: 'dev', nowMs: 0, calls: CALLS, onOutcome: () => {} };
  await callTogether({ ...batch, transact: transactPlainly });
  const alone = await Promise.all(CALLS.map((each) => recordCall({ served, principal: CALLER, ...each })));
  expect(database.statements).toEqual(alone.map(({ statement }) => statement));
});

it('what keeps an answer has the same statements for every caller, key and answer', async () => {
  const statementsOf = async (mark: string) => {
    const database = new RecordingDatabase((text) => (text.includes('pg_try_advisory_xact_lock') ? [['t']] : []));
    const request = { database, caller: mark, key: mark, requestHash: mark, options: {} };
    const outcome = await engineNamed('postgres').answerOnce({ ...request, work: async () => mark });
    expect(outcome).toEqual({ kind: 'answered', answer: mark, isReplay: false });
    return database.statements;
  };
  const statements = await statementsOf(MARK);
  expect(statements).toHaveLength(4);
  expect(statements).toEqual(await statementsOf('another'));
  expect(JSON.stringify(statements)).not.toContain('MARK');
});
