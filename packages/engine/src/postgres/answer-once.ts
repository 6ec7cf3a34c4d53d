import { createHash } from 'node:crypto';
import { StkError } from '@santokit/contract';
import type { OnceOutcome, OnceRequest } from '../answer-once.ts';
import { DatabaseError, type Transaction } from '../database.ts';
import { createKeptAnswers, KEPT_ANSWERS } from './kept-answers.ts';

const UNDEFINED_TABLE = '42P01';
const INSUFFICIENT_PRIVILEGE = '42501';

const LOCK = 'select pg_try_advisory_xact_lock($1::bigint)';
const FIND = `
  select request_hash, answer from ${KEPT_ANSWERS}
   where caller = $1::text and key = $2::text and created_at > now() - interval '24 hours'`;
/** One that has expired is written over. */
const KEEP = `
  insert into ${KEPT_ANSWERS} (caller, key, request_hash, answer, status) values ($1::text, $2::text, $3::text, $4::text, 200)
  on conflict (caller, key) do update
    set request_hash = excluded.request_hash, answer = excluded.answer, status = excluded.status, created_at = now()`;
/** A few at a time, those that nobody else is at: no write waits for it, and all together they keep up with what is added. */
const PRUNE = `
  delete from ${KEPT_ANSWERS} where (caller, key) in (
    select caller, key from ${KEPT_ANSWERS} where created_at <= now() - interval '24 hours'
     order by created_at limit 10 for update skip locked)`;

/**
 * As `Engine.answerOnce` promises. Two of the same key are told apart by an advisory lock (manual, section 13.3.5) that ends with the
 * transaction. It is taken before the look-up and by a statement of its own: under read committed each statement sees what was
 * committed before it, so that an answer is found once the lock of the one who kept it is free.
 */
export async function answerOnce(request: OnceRequest): Promise<OnceOutcome> {
  try {
    return await attempt(request);
  } catch (thrown) {
    if (!(thrown instanceof DatabaseError) || thrown.code !== UNDEFINED_TABLE) throw explained(thrown);
    await createKeptAnswers(request.database).catch((cause: unknown) => {
      throw explained(cause);
    });
    return await attempt(request);
  }
}

async function attempt({ database, work, options, ...asked }: OnceRequest): Promise<OnceOutcome> {
  return await database.transaction(async (transaction): Promise<OnceOutcome> => {
    const { rows } = await transaction.query(LOCK, [lockOf(asked)]);
    if (rows[0]?.[0] !== 't') return { kind: 'running' };
    const kept = await find(transaction, asked);
    if (kept !== undefined)
      return kept.requestHash === asked.requestHash
        ? { kind: 'answered', answer: kept.answer, isReplay: true }
        : { kind: 'other_request' };
    const answer = await work(transaction);
    await transaction.query(KEEP, [asked.caller, asked.key, asked.requestHash, answer]);
    await transaction.query(PRUNE, []);
    return { kind: 'answered', answer, isReplay: false };
  }, options);
}

type Asked = Pick<OnceRequest, 'caller' | 'key' | 'requestHash'>;

async function find(
  transaction: Transaction,
  { caller, key }: Asked,
): Promise<{ requestHash: string; answer: string } | undefined> {
  const { rows } = await transaction.query(FIND, [caller, key]);
  const [requestHash, answer] = rows[0] ?? [];
  return typeof requestHash === 'string' && typeof answer === 'string' ? { requestHash, answer } : undefined;
}

/** 64 bits: that two keys in use at one moment share them is not to be expected, and would cost the second one a retry. */
function lockOf({ caller, key }: Asked): string {
  return createHash('sha256').update(`santokit idempotency\n${caller}\n${key}`).digest().readBigInt64BE().toString();
}

function explained(thrown: unknown): unknown {
  if (!(thrown instanceof DatabaseError) || thrown.code !== INSUFFICIENT_PRIVILEGE) return thrown;
  return new StkError(
    'INTERNAL_ERROR',
    'The role of the Bridge may not keep idempotency keys in this database',
    undefined,
    { cause: thrown },
  );
}
