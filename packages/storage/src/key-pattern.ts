/** A segment of a pattern: text as it stands, any one segment (bound to a name, or not), or any number of them. */
type PatternSegment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'one'; readonly name?: string }
  | { readonly kind: 'any' };

/** A pattern of keys, such as `avatars/{userId}/*`. */
export interface KeyPattern {
  readonly text: string;
  readonly segments: readonly PatternSegment[];
  /** Names in braces, in their order. */
  readonly variables: readonly string[];
}

const VARIABLE = /^\{([A-Za-z_][A-Za-z0-9_]{0,62})\}$/;
const MOST_SEGMENTS = 32;

/** Reads a pattern. @returns what is wrong with it, in words, where something is */
export function parseKeyPattern(text: string): KeyPattern | string {
  const parts = text.split('/');
  if (parts.some((part) => part === '')) return 'A pattern has no "/" at its ends and no "//"';
  if (parts.length > MOST_SEGMENTS) return `A pattern has at most ${MOST_SEGMENTS} segments`;
  const segments: PatternSegment[] = [];
  for (const part of parts) {
    const segment = segmentOf(part);
    if (typeof segment === 'string') return segment;
    segments.push(segment);
  }
  if (segments.filter(({ kind }) => kind === 'any').length > 1) return '"**" stands at most once in a pattern';
  const variables = segments.flatMap((segment) => (segment.kind === 'one' ? (segment.name ?? []) : []));
  const twice = variables.find((name, index) => variables.indexOf(name) !== index);
  return twice === undefined ? { text, segments, variables } : `"{${twice}}" stands twice in the pattern`;
}

function segmentOf(part: string): PatternSegment | string {
  if (part === '*') return { kind: 'one' };
  if (part === '**') return { kind: 'any' };
  const [, name] = VARIABLE.exec(part) ?? [];
  if (name !== undefined) return { kind: 'one', name };
  if (/[*{}]/.test(part)) return `A segment is text, "*", "**" or "{name}" as a whole; "${part}" mixes them`;
  return part === '.' || part === '..' ? `No key has a segment "${part}"` : { kind: 'literal', text: part };
}

/** The segments that the variables stand for, where the key matches. A name in braces is never empty. */
export function matchKey({ segments }: KeyPattern, key: string): ReadonlyMap<string, string> | undefined {
  const parts = key.split('/');
  const any = segments.findIndex(({ kind }) => kind === 'any');
  const free = parts.length - (segments.length - (any < 0 ? 0 : 1));
  if (any < 0 ? free !== 0 : free < 0) return undefined;
  const bound = new Map<string, string>();
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === 'any') continue;
    const part = parts[any >= 0 && index > any ? index + free - 1 : index] ?? '';
    if (segment.kind === 'literal' ? part !== segment.text : part === '') return undefined;
    if (segment.kind === 'one' && segment.name !== undefined) bound.set(segment.name, part);
  }
  return bound;
}

/**
 * Sorts the more specific pattern first: from the left, text before one segment before any number of them. 0 for two that match the
 * same keys.
 */
export function bySpecificity(a: KeyPattern, b: KeyPattern): number {
  const length = Math.max(a.segments.length, b.segments.length);
  for (let index = 0; index < length; index++) {
    const difference = rankOf(a.segments[index]) - rankOf(b.segments[index]);
    if (difference !== 0) return difference;
  }
  const text = (pattern: KeyPattern) =>
    pattern.segments
      .map((segment) => (segment.kind === 'literal' ? segment.text : segment.kind === 'one' ? '*' : '**'))
      .join('/');
  return text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0;
}

/** What ends here is less specific than what goes on, but more than what takes anything. */
function rankOf(segment: PatternSegment | undefined): number {
  switch (segment?.kind) {
    case 'literal':
      return 0;
    case 'one':
      return 1;
    case undefined:
      return 2;
    case 'any':
      return 3;
  }
}
