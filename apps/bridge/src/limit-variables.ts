import { DEFAULT_LIMITS, type Limits } from '@santokit/contract';
import type { z } from 'zod';
import { duration, size, wholeNumber } from './config-value.ts';

/** Texts longer than 512 MB do not exist in V8, and an answer in the making is held more than once. */
const MOST_BYTES = 256 * 1_024 ** 2;
const MOST_ROWS = 1_000_000;

/** The variables that set what this Bridge allows at most; an env may allow less. */
export const limitVariables = {
  STK_LIMIT_BODY_BYTES: size(DEFAULT_LIMITS.bodyBytes, MOST_BYTES),
  STK_LIMIT_ANSWER_BYTES: size(DEFAULT_LIMITS.answerBytes, MOST_BYTES),
  STK_LIMIT_QUERY_TIMEOUT: duration(DEFAULT_LIMITS.queryTimeoutMs),
  STK_LIMIT_CONCURRENT_REQUESTS: wholeNumber(1, 1_000_000).default(DEFAULT_LIMITS.concurrentRequests),
  STK_LIMIT_ROWS: wholeNumber(1, MOST_ROWS).default(DEFAULT_LIMITS.rows),
  STK_LIMIT_INSERT_ROWS: wholeNumber(1, MOST_ROWS).default(DEFAULT_LIMITS.insertRows),
  STK_LIMIT_WHERE_CONDITIONS: wholeNumber(1, 10_000).default(DEFAULT_LIMITS.whereConditions),
  STK_LIMIT_WHERE_DEPTH: wholeNumber(0, 100).default(DEFAULT_LIMITS.whereDepth),
  STK_LIMIT_IN_ITEMS: wholeNumber(1, MOST_ROWS).default(DEFAULT_LIMITS.inItems),
  STK_LIMIT_EXPAND_DEPTH: wholeNumber(0, 10).default(DEFAULT_LIMITS.expandDepth),
  STK_LIMIT_EXPAND_ROWS: wholeNumber(1, MOST_ROWS).default(DEFAULT_LIMITS.expandRows),
  STK_LIMIT_BATCH_CALLS: wholeNumber(1, 1_000).default(DEFAULT_LIMITS.batchCalls),
};

/** The limits that the variables set. How many rows come where no limit is asked for stays as it is. */
export function limitsOf(values: z.infer<z.ZodObject<typeof limitVariables>>): Limits {
  return {
    bodyBytes: values.STK_LIMIT_BODY_BYTES,
    answerBytes: values.STK_LIMIT_ANSWER_BYTES,
    queryTimeoutMs: values.STK_LIMIT_QUERY_TIMEOUT,
    concurrentRequests: values.STK_LIMIT_CONCURRENT_REQUESTS,
    rows: values.STK_LIMIT_ROWS,
    defaultRows: DEFAULT_LIMITS.defaultRows,
    insertRows: values.STK_LIMIT_INSERT_ROWS,
    whereConditions: values.STK_LIMIT_WHERE_CONDITIONS,
    whereDepth: values.STK_LIMIT_WHERE_DEPTH,
    inItems: values.STK_LIMIT_IN_ITEMS,
    expandDepth: values.STK_LIMIT_EXPAND_DEPTH,
    expandRows: values.STK_LIMIT_EXPAND_ROWS,
    defaultExpandRows: DEFAULT_LIMITS.defaultExpandRows,
    batchCalls: values.STK_LIMIT_BATCH_CALLS,
  };
}
