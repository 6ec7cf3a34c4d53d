import { isScalar } from 'yaml';
import type { Member, YamlFile } from './yaml-file.ts';

/** The members of a file that begins with `version: 1`; `keys` are those beside it. An empty file has none. */
export function readVersionedRoot(
  file: YamlFile,
  what: string,
  keys: readonly string[],
): Map<string, Member> | undefined {
  const members = file.root === null ? undefined : readRoot(file, what, keys);
  if (members !== undefined && !members.has('version')) file.report(file.root, 'The file must say "version: 1"');
  return members;
}

/** The same for a file that may say it. */
export function readRoot(file: YamlFile, what: string, keys: readonly string[]): Map<string, Member> | undefined {
  const members = file.readMapping(file.root, what, ['version', ...keys]);
  const version = members?.get('version');
  if (version !== undefined && !(isScalar(version.value) && version.value.value === 1))
    file.report(version.value ?? file.root, 'This version is not known; write "version: 1"');
  return members;
}
