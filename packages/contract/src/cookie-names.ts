/** An env as cookies are named after it, so that two projects on one domain do not see each other's. */
interface CookiePlace {
  readonly project: string;
  readonly env: string;
}

export const ACCESS_COOKIE_PREFIX = 'stk_access_';

/** `stk_access_<project>_<env>` */
export function accessCookieName({ project, env }: CookiePlace): string {
  return `${ACCESS_COOKIE_PREFIX}${project}_${env}`;
}

/** `stk_refresh_<project>_<env>` */
export function refreshCookieName({ project, env }: CookiePlace): string {
  return `stk_refresh_${project}_${env}`;
}
