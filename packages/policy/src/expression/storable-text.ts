/** Whether databases can hold a text: PostgreSQL has no NUL, and UTF-8 no surrogate without its other half. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
