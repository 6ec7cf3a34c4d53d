/** `digits` divided by ten to the power of `scale`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
  /** Of what is no number but has a place among them: -1 below all, 1 above all, 2 (`NaN`) above that. */
  readonly beyond?: -1 | 1 | 2;
}

const BEYOND: ReadonlyMap<string, Decimal> = new Map([
  ['-Infinity', { digits: 0n, scale: 0, beyond: -1 }],
  ['Infinity', { digits: 0n, scale: 0, beyond: 1 }],
  ['NaN', { digits: 0n, scale: 0, beyond: 2 }],
]);

const DECIMAL = /^(-?\d+)(?:\.(\d+))?(?:e([+-]\d{1,3}))?$/;

/** A decimal text such as `-12.50` or `1e+21`, or one of PostgreSQL's names of what is no number; undefined for other text. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return BEYOND.get(text);
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const digits = BigInt(whole + fraction);
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

/** The exact decimal of a finite double. */
export function exactDecimal(value: number): Decimal {
  let scale = 0;
  let scaled = value;
  // Every finite double is an integer times a power of two, so doubling ends.
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    scale++;
  }
  return { digits: BigInt(scaled) * 5n ** BigInt(scale), scale };
}

/** The decimal that a finite double is written as: `19.99`, not the binary fraction next to it. */
export function writtenDecimal(value: number): Decimal {
  return parseDecimal(String(value)) ?? exactDecimal(value);
}

export function compareDecimals(left: Decimal, right: Decimal): number {
  if (left.beyond !== undefined || right.beyond !== undefined) return (left.beyond ?? 0) - (right.beyond ?? 0);
  const { a, b } = aligned(left, right);
  return a < b ? -1 : Number(a > b);
}

/** Both as whole numbers of the same unit, ten to the power of minus `scale`. */
export function aligned(
  left: Decimal,
  right: Decimal,
): { readonly a: bigint; readonly b: bigint; readonly scale: number } {
  const scale = Math.max(left.scale, right.scale);
  return {
    a: left.digits * 10n ** BigInt(scale - left.scale),
    b: right.digits * 10n ** BigInt(scale - right.scale),
    scale,
  };
}

export function decimalText({ digits, scale }: Decimal): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  return `${digits < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${text.slice(-scale)}`}`;
}
