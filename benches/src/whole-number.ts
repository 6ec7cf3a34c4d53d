/** A whole number from the command line. @throws Error in words for the user */
export function wholeNumber(option: string, text: string, least = 1): number {
  const value = Number(text);
  if (text === '' || !Number.isSafeInteger(value) || value < least)
    throw new Error(`--${option} must be a whole number from ${least}, not "${text}"`);
  return value;
}
