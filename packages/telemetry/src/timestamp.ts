let knownMs = Number.NaN;
let known = '';

/** The member that every line begins with, `,"ts":"2026-01-01T00:00:00.000Z"`; made once for all lines of a millisecond. */
export function timestamp(): string {
  const nowMs = Date.now();
  if (nowMs !== knownMs) {
    knownMs = nowMs;
    known = `,"ts":"${new Date(nowMs).toISOString()}"`;
  }
  return known;
}
