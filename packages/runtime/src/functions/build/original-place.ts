import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { LINES_BEFORE_BUNDLE } from '../sandbox/wrapped.ts';

export interface OriginalPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const FRAME = /function:[0-9a-f]{64}:(\d+):(\d+)/;
const NAMESPACE = /^(?:.*\/)?project:/;

/**
 * Finds where in the user's own files the topmost frame of a trace is that leads there; a map that cannot be read leads nowhere. Lines and columns
 * count from 1.
 */
export function originalPlace(trace: string, sourceMap: string): OriginalPlace | undefined {
  const map = readMap(sourceMap);
  if (map === undefined) return undefined;
  for (const frame of trace.split('\n')) {
    const [, line, column] = FRAME.exec(frame) ?? [];
    if (line === undefined || column === undefined) continue;
    const place = originalPositionFor(map, {
      line: Math.max(1, Number(line) - LINES_BEFORE_BUNDLE),
      column: Math.max(0, Number(column) - 1),
    });
    if (place.source !== null && NAMESPACE.test(place.source))
      return { file: place.source.replace(NAMESPACE, ''), line: place.line, column: place.column + 1 };
  }
  return undefined;
}

function readMap(text: string): TraceMap | undefined {
  try {
    return new TraceMap(text);
  } catch {
    return undefined;
  }
}
