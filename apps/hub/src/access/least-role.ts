import { PROJECT_ROLES, type ProjectRole } from '@santokit/contract';

/**
 * Who may call a route, at least. `public`: anybody. `signedIn`: any operator, also by personal token. `person`: an operator
 * by session, for what a leaked CI token must not reach. `owner`: an owner of any org, for what concerns the whole Hub.
 * `orgAdmin`: admin or owner of the org that the request is about. The others are roles on the route's project.
 */
export type LeastRole = 'public' | 'signedIn' | 'person' | 'owner' | 'orgAdmin' | ProjectRole;

/** Whether `role` is `least` or more. */
export function reaches(role: ProjectRole, least: ProjectRole): boolean {
  return PROJECT_ROLES.indexOf(role) >= PROJECT_ROLES.indexOf(least);
}

/** The lower of two roles. */
export function lower(one: ProjectRole, other: ProjectRole): ProjectRole {
  return reaches(one, other) ? other : one;
}
