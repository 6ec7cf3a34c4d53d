import { type LogLine, logLineSchema } from '@santokit/contract';

/** A line of a log as others may see it, and what it is about; null for no project or env. */
export interface ShownLine {
  readonly project: string | null;
  readonly env: string | null;
  readonly line: LogLine;
}

const MEMBERS = Object.keys(logLineSchema.shape);
/** They quote what programs and databases say. Only who may know of the project is shown it. */
const QUOTING = new Set(['error', 'reason']);
const MOST_CHARACTERS = 2_000;

/** Reads a line that a logger wrote, and leaves out what has no place outside; undefined for what is none. */
export function shownLine(text: string): ShownLine | undefined {
  const written = parsed(text);
  if (written === undefined) return undefined;
  const project = nameIn(written.project);
  const env = nameIn(written.env);
  const members = MEMBERS.flatMap((name): [string, unknown][] => {
    const value = written[name];
    if (value === undefined || value === null || (project === null && QUOTING.has(name))) return [];
    return [[name, typeof value === 'string' ? value.slice(0, MOST_CHARACTERS) : value]];
  });
  const line = logLineSchema.safeParse(Object.fromEntries(members));
  return line.success ? { project, env, line: line.data } : undefined;
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const written: unknown = JSON.parse(text);
    return typeof written === 'object' && written !== null ? (written as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // cut off, or written by something else
  }
}

function nameIn(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
