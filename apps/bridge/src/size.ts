const UNITS_BYTES: Readonly<Record<string, number>> = { '': 1, B: 1, KB: 1_024, MB: 1_024 ** 2, GB: 1_024 ** 3 };

/** Bytes of `512`, `512B`, `5KB`, `10MB` or `1GB`, in units of 1,024; undefined for what is not a size. */
export function parseSizeBytes(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,12})(B|KB|MB|GB)?$/.exec(text.trim()) ?? [];
  const unitBytes = UNITS_BYTES[unit];
  return amount === undefined || unitBytes === undefined ? undefined : Number(amount) * unitBytes;
}
