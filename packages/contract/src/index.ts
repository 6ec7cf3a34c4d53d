// What travels between Santokit's programs: schemas of payloads, errors, the call envelope. No behaviour.
export * from './call.ts';
export * from './compiled-release.ts';
export * from './error.ts';
export * from './expression.ts';
export * from './hub-api/audit.ts';
export * from './hub-api/bridges.ts';
export * from './hub-api/hub.ts';
export * from './hub-api.ts';
export * from './identifiers.ts';
export * from './internal.ts';
export * from './json.ts';
export * from './limits.ts';
export * from './problem.ts';
export * from './request-context.ts';
export * from './schema.ts';
export * from './version.ts';
export * from './version-order.ts';
