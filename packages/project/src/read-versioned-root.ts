import { isScalar } from 'yaml';
import type { Member, YamlFile } from './yaml-file.ts';

/** The members of a file that begins with `version: 1`; `keys` are those beside it. An empty file has none. */
export function readVersionedRoot(
  file: YamlFile,
  what: string,
  keys: readonly string[],
): Map<string, Member> | undefined {
  if (file.root === null) return undefined;
  const members = file.readMapping(file.root, what, ['version', ...keys]);
  if (members === undefined) return undefined;
  const version = members.get('version');
  if (version === undefined) file.report(file.root, 'The file must say "version: 1"');
  else if (!isScalar(version.value) || version.value.value !== 1)
    file.report(version.value, 'This version is not known; write "version: 1"');
  return members;
}
