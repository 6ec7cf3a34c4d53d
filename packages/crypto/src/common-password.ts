import { readFileSync } from 'node:fs';

let known: ReadonlySet<string> | undefined;

/**
 * Whether a password is one of the 5,000 most common ones of 8 characters or more, which whoever guesses tries first; however it is
 * capitalized, and in every Unicode form.
 */
export function isCommonPassword(password: string): boolean {
  known ??= readList();
  return known.has(password.normalize('NFKC').toLowerCase());
}

function readList(): ReadonlySet<string> {
  const text = readFileSync(new URL('common-passwords.txt', import.meta.url), 'utf8');
  return new Set(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')));
}
