/** What functions may import beside files of their project. Every bundle runs on the same copy of each. */
export const LISTED_PACKAGES: readonly string[] = ['@santokit/functions', 'zod'];
