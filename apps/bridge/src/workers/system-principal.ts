import type { Principal } from '@santokit/contract';

/** Whom logic sees that nobody called: a trigger, a subscription or the clock did. */
export const SYSTEM_PRINCIPAL: Principal = { type: 'api_key', sub: null, roles: [], claims: {} };
