// Turns a call (path, params, principal) into one statement and its rows into the answer.
export { call } from './call.ts';
export { callEach } from './call-each.ts';
export { callInTransaction } from './call-in-transaction.ts';
export type { CallOutcome } from './call-outcome.ts';
export { callTogether } from './call-together.ts';
export { callWithin } from './call-within.ts';
export { isWrite } from './is-write.ts';
export { type ServeAgain, type Serving, type ServingSource, serveAgain } from './serve-again.ts';
export { prepareRelease, type ServedRelease } from './served-release.ts';
export { type Transact, transactPlainly } from './transact.ts';
