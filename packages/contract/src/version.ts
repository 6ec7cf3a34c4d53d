/** The version of every program in this repository; a release may ask for a Bridge of at least some version. */
export const SANTOKIT_VERSION = '0.1.0';
