import { RE2JS } from 're2js';

/**
 * Compiles a pattern in RE2 syntax to a test whether it matches some part of a text, in time linear in the text.
 * @throws when the pattern is not RE2; patterns of a release were compiled when it was applied
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  const compiled = RE2JS.compile(pattern);
  return (text) => compiled.matcher(text).find();
}
