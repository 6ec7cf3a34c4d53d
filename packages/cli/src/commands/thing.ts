import type { z } from 'zod';
import { usageFailure } from '../cli-failure.ts';

interface Thing {
  /** What it is called in a message, such as `a release`. */
  readonly what: string;
  /** The flag that gives it too, such as `--release-id`. */
  readonly flag: string;
}

/** The thing that a command is about: its positional argument or its flag. Throws when neither or two different ones are given. */
export function requireThing(positional: string | undefined, flag: string | undefined, thing: Thing): string {
  const value = optionalThing(positional, flag, thing);
  if (value !== undefined) return value;
  throw usageFailure(`Name ${thing.what}: as an argument or with ${thing.flag}`);
}

/** The same for a thing that may be left out. Throws when two different ones are given, or one without a name. */
export function optionalThing(
  positional: string | undefined,
  flag: string | undefined,
  thing: Thing,
): string | undefined {
  if (positional !== undefined && flag !== undefined && positional !== flag) {
    throw usageFailure(`Two answers for ${thing.what}: ${positional} and ${thing.flag} ${flag}`);
  }
  const value = positional ?? flag;
  if (value === '') throw usageFailure(`Name ${thing.what}: as an argument or with ${thing.flag}`);
  return value;
}

/** Checks what was typed against the Hub's schema for the request, before anything is sent. Throws a usage failure. */
export function parseRequest<S extends z.ZodType>(schema: S, request: z.input<S>): z.infer<S> {
  const parsed = schema.safeParse(request);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issueText(issue)}`.replace(/^: /, ''));
  throw usageFailure(lines.join('; '));
}

/** Zod's own words for a bound speak of types; those that a schema gives stay. */
function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small' && issue.message.startsWith('Too small'))
    return issue.origin !== 'number' && issue.minimum === 1
      ? 'must not be empty'
      : `at least ${issue.minimum}${unitOf(issue.origin)}`;
  if (issue.code === 'too_big' && issue.message.startsWith('Too big'))
    return `at most ${issue.maximum}${unitOf(issue.origin)}`;
  return issue.message;
}

function unitOf(origin: string): string {
  if (origin === 'number') return '';
  return origin === 'string' ? ' characters' : ' items';
}

/** `a,b` and repeated flags as one list, without empty items. */
export function collectList(value: string, previous: readonly string[] = []): readonly string[] {
  return [
    ...previous,
    ...value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ];
}

/** A whole number from a flag; throws a usage failure. */
export function parseWholeNumber(flag: string): (value: string) => number {
  return (value) => {
    if (/^\d{1,9}$/.test(value)) return Number(value);
    throw usageFailure(`${flag} must be a whole number, not ${JSON.stringify(value)}`);
  };
}
