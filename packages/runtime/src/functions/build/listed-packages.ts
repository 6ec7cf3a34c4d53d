/** What functions may import beside files of their project. Every bundle runs on the same copy of each. */
export const LISTED_PACKAGES: readonly string[] = ['@santokit/functions', 'zod'];

/** Why what is imported is not there. */
export function importRefusal(specifier: string): string {
  if (/^\.\.?(?:\/|$)/.test(specifier)) return `There is no file ${JSON.stringify(specifier)} under logics/`;
  return `${JSON.stringify(specifier)} cannot be imported: functions import files under logics/ and ${LISTED_PACKAGES.join(', ')}`;
}
