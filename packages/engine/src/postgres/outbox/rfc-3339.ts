/** SQL of an instant as JSON has it, in UTC, whatever the session's settings. */
export function rfc3339(instant: string): string {
  return `to_char(${instant} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
