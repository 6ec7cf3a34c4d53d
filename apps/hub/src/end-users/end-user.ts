import type { endUsers } from '../store/tables/end-users.ts';

/** An end user as they are kept. */
export type EndUser = typeof endUsers.$inferSelect;
