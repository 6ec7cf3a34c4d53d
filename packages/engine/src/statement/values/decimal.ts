const DECIMAL = /^(-?)([0-9]+)(?:\.([0-9]+))?$/;
const NUMBER = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,4}))?$/;

/** How many digits a decimal text has before (without leading zeros) and after the point; undefined for other text. */
export function decimalShape(
  text: string,
): { readonly integerDigits: number; readonly fractionDigits: number } | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, , integer = '', fraction = ''] = match;
  return { integerDigits: integer.replace(/^0+/, '').length, fractionDigits: fraction.length };
}

/** Compares two numbers written in decimal, an exponent allowed, exactly: negative, zero or positive. */
export function compareDecimals(a: string, b: string): number {
  const [left, right] = [scaled(a), scaled(b)];
  const exponent = Math.min(left.exponent, right.exponent);
  const difference =
    left.digits * 10n ** BigInt(left.exponent - exponent) - right.digits * 10n ** BigInt(right.exponent - exponent);
  return difference < 0n ? -1 : Number(difference > 0n);
}

function scaled(text: string): { readonly digits: bigint; readonly exponent: number } {
  const [, sign = '', integer = '0', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  return { digits: BigInt(`${sign}${integer}${fraction}`), exponent: Number(exponent) - fraction.length };
}
