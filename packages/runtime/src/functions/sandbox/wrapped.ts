/**
 * The script that runs a bundle on the base, and gives what starts a call. All that the bundle sees of the base are the modules that it
 * imports. It starts on the second line.
 */
export function wrapped(bundle: string): string {
  return `(boot=>(delete globalThis.__santokit,boot))(globalThis.__santokit)(function(__modules){"use strict";\n${bundle}\nreturn __exports;\n})`;
}

/** Lines that stand before the bundle. */
export const LINES_BEFORE_BUNDLE = 1;
