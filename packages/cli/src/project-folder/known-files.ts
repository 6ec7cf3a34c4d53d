/** Where project files of one kind lie ("Project files"). */
interface KnownFiles {
  readonly folder: string;
  /** Only these names; otherwise every name with one of the extensions. */
  readonly names?: readonly string[];
  readonly extensions: readonly string[];
  /** Folders below count too. */
  readonly deep: boolean;
}

const YAML = ['.yaml'];

/** Everything that is read from a project folder. Nothing else ever leaves the machine. */
export const KNOWN_FILES: readonly KnownFiles[] = [
  { folder: 'schema', extensions: YAML, deep: false },
  {
    folder: 'config',
    names: ['permissions.yaml', 'storage.yaml', 'auth.yaml', 'limits.yaml'],
    extensions: YAML,
    deep: false,
  },
  { folder: 'logics', extensions: ['.sql', '.ts'], deep: true },
  { folder: 'events/topics', extensions: YAML, deep: false },
  { folder: 'events/subscriptions', extensions: YAML, deep: false },
  { folder: 'events/triggers', extensions: YAML, deep: false },
  { folder: 'cron', extensions: YAML, deep: false },
  { folder: 'tests/permissions', extensions: YAML, deep: false },
];

/** Says whether a file of this name in a known folder is a project file. */
export function isKnownName(kind: KnownFiles, name: string): boolean {
  if (name.startsWith('.')) return false;
  if (kind.names !== undefined) return kind.names.includes(name);
  return kind.extensions.some((extension) => name.endsWith(extension));
}

/** A note about a file that looks as if it were meant to be read, or undefined. */
export function overlookedNote(kind: KnownFiles, path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.startsWith('.') || !/\.ya?ml$/.test(name) || !kind.extensions.includes('.yaml')) return undefined;
  if (kind.names !== undefined) return `${path} is not read: ${kind.folder}/ holds ${kind.names.join(', ')}`;
  return `${path} is not read: name it .yaml`;
}
