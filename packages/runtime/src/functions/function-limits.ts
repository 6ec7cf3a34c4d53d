/** What one call of a function may take ("Operations", section "Limits"). Bytes, milliseconds and counts. */
export interface FunctionLimits {
  readonly timeMs: number;
  readonly memoryMb: number;
  readonly sqlBytes: number;
  readonly params: number;
  readonly rows: number;
  readonly answerBytes: number;
  /** How deep functions may call each other. */
  readonly callDepth: number;
  /** Of its log. */
  readonly logLines: number;
  /** UTF-16 code units of its log, as JSON text. */
  readonly logChars: number;
}

export const FUNCTION_LIMITS: FunctionLimits = {
  timeMs: 5_000,
  memoryMb: 64,
  sqlBytes: 128 * 1024,
  params: 1_000,
  rows: 10_000,
  answerBytes: 50 * 1024 * 1024,
  callDepth: 8,
  logLines: 1_000,
  logChars: 256 * 1024,
};
