// Turns project files into one validated model, every problem with its position.

export { parseDurationMs } from './config/quantities.ts';
export { cronWords } from './cron/cron-words.ts';
export { nextDue, nextDues } from './cron/next-due.ts';
export type * from './cron-source.ts';
export * from './did-you-mean.ts';
export { compileEvents, type EventsContext } from './events/compile-events.ts';
export type * from './events-source.ts';
export type * from './logic-source.ts';
export { readFixtures } from './permissions/read-fixtures.ts';
export type * from './permissions-source.ts';
export * from './read-project.ts';
export { type PlacedFiles, placePulled } from './schema/place-pulled.ts';
export { renderSchema } from './schema/render-schema.ts';
export type * from './storage-source.ts';
export type { Located, Position } from './yaml-file.ts';
