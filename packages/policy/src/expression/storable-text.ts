/** Whether databases can hold a text: PostgreSQL has no NUL, and UTF-8 no surrogate without its other half. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

const NOT_STORABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** The parts of a text between what cannot be stored. */
export function storableParts(text: string): readonly string[] {
  return text.split(new RegExp(NOT_STORABLE, 'g'));
}

/**
 * For a text that cannot be stored the one, in the order of code points, which the same stored texts precede: the next code point
 * stands in place of the first that cannot be stored, and ends it.
 */
export function storableBound(text: string): string {
  const at = NOT_STORABLE.exec(text);
  if (at === null) return text;
  return text.slice(0, at.index) + (at[0] === '\0' ? '\u0001' : '\ue000');
}
