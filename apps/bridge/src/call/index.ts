// Turns a call (path, params, principal) into one statement and its rows into the answer.
export { call } from './call.ts';
export { prepareRelease, type ServedRelease } from './served-release.ts';
