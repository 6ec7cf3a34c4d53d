/** The env that `stk dev` serves. */
export const DEV_ENV = 'dev';

/** Where the local Hub keeps the project. */
export interface DevTarget {
  readonly project: string;
  /** Fills in the routes of the env. */
  readonly at: { readonly p: string; readonly e: string };
}

export function devTarget(project: string): DevTarget {
  return { project, at: { p: project, e: DEV_ENV } };
}
