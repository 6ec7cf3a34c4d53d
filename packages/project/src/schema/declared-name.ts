import { DECLARED_IDENTIFIER } from '@santokit/contract';
import type { Located, YamlFile } from '../yaml-file.ts';

/** What PostgreSQL can hold as a name, in bytes. */
const MAX_NAME_BYTES = 63;

/**
 * Whether a name may stand in a file. Names of one's own match `[a-z_][a-z0-9_]{0,62}`; a file that says `adopted: true`
 * describes tables that exist already, and their names keep their own spelling.
 */
export function checkDeclaredName(file: YamlFile, name: Located, what: string, adopted: boolean): boolean {
  if (DECLARED_IDENTIFIER.test(name.value)) return true;
  if (adopted && name.value.length > 0 && Buffer.byteLength(name.value) <= MAX_NAME_BYTES && !name.value.includes('\0'))
    return true;
  file.report(
    name,
    `"${name.value}" cannot be the name of a ${what}: lower-case letters, digits and underscores, at most 63, not beginning with a digit (names of an existing database may keep their spelling in a file that says "adopted: true")`,
  );
  return false;
}
