// Turns a call (path, params, principal) into one statement and its rows into the answer.
export { call } from './call.ts';
export { callEach } from './call-each.ts';
export type { CallOutcome } from './call-outcome.ts';
export { callTogether } from './call-together.ts';
export { prepareRelease, type ServedRelease } from './served-release.ts';
export { transactPlainly } from './transact.ts';
