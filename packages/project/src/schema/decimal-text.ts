import { isScalar, type Node } from 'yaml';

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/;

/** A number as exact decimal text without exponent, from the source of a YAML number or from text that is one. */
export function readDecimalText(node: Node | null): string | undefined {
  if (!isScalar(node)) return undefined;
  const text =
    typeof node.value === 'string'
      ? node.value
      : typeof node.value === 'number'
        ? (node.source ?? String(node.value))
        : undefined;
  return text !== undefined && DECIMAL.test(text) ? plainDecimal(text) : undefined;
}

/** Below zero, zero or above zero, as `left` is less than, equal to or greater than `right`; both plain decimal texts. */
export function compareDecimals(left: string, right: string): number {
  const scale = Math.max(fractionDigits(left), fractionDigits(right));
  const difference = scaled(left, scale) - scaled(right, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** A decimal text without exponent, plus sign and zeros that say nothing. */
export function plainDecimal(text: string): string {
  const [mantissa = '', exponentText = '0'] = text.toLowerCase().split('e');
  const negative = mantissa.startsWith('-');
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.');
  const exponent = Number(exponentText);
  const digits = whole + fraction;
  const point = whole.length + exponent;
  const padded = point < 0 ? '0'.repeat(-point) + digits : digits.padEnd(point, '0');
  const at = Math.max(point, 0);
  const wholePart = padded.slice(0, at).replace(/^0+(?=\d)/, '') || '0';
  const fractionPart = padded.slice(at).replace(/0+$/, '');
  const plain = fractionPart === '' ? wholePart : `${wholePart}.${fractionPart}`;
  return negative && plain !== '0' ? `-${plain}` : plain;
}

function fractionDigits(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

function scaled(text: string, scale: number): bigint {
  return BigInt(text.replace('.', '') + '0'.repeat(scale - fractionDigits(text)));
}
