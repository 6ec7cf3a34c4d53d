import { usageFailure } from '../cli-failure.ts';

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const AGO = /^(\d{1,6})([smhdw])$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** An instant from a flag, as RFC 3339 text: given as such, as a day (from its beginning in UTC) or as how long ago. */
export function parseInstant(flag: string): (value: string) => string {
  return (value) => {
    const ago = AGO.exec(value);
    if (ago !== null)
      return new Date(Date.now() - Number(ago[1]) * UNIT_MS[ago[2] as keyof typeof UNIT_MS]).toISOString();
    const ms = DAY.test(value) || INSTANT.test(value) ? Date.parse(value) : Number.NaN;
    if (Number.isFinite(ms) && ms >= 0) return new Date(ms).toISOString();
    throw usageFailure(
      `${flag} must be an instant such as 2026-01-31T12:00:00Z, a day such as 2026-01-31, or how long ago, such as 30m, 12h or 7d`,
    );
  };
}
