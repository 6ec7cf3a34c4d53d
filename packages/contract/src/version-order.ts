/** Whether `version` comes before `other`; both `major.minor.patch`, anything behind that is ignored. */
export function isOlderVersion(version: string, other: string): boolean {
  const left = numbersOf(version);
  const right = numbersOf(other);
  const differs = left.findIndex((number, index) => number !== right[index]);
  return differs !== -1 && (left[differs] ?? 0) < (right[differs] ?? 0);
}

function numbersOf(version: string): readonly number[] {
  const [core = ''] = version.split(/[-+]/, 1);
  return [0, 1, 2].map((index) => Number.parseInt(core.split('.')[index] ?? '0', 10) || 0);
}
