/** What an integer type of the server can hold; undefined for any other type (manual, section 8.1.1). */
export function integerRange(native: string): { readonly least: bigint; readonly most: bigint } | undefined {
  const bits = BITS[native];
  if (bits === undefined) return undefined;
  const half = 2n ** (bits - 1n);
  return { least: -half, most: half - 1n };
}

const BITS: Readonly<Record<string, bigint>> = { smallint: 16n, integer: 32n, bigint: 64n };
