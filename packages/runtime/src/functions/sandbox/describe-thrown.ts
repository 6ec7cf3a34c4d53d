import type { FunctionFailure } from './messages.ts';

const MOST_TEXT = 2_000;
const MOST_STACK = 8_000;

/** Puts into words what was thrown, which may be anything: reading it may throw again. */
export function describeThrown(thrown: unknown): FunctionFailure & { readonly type: 'thrown' } {
  return {
    type: 'thrown',
    name: read(thrown, 'name', MOST_TEXT) ?? 'Error',
    message: read(thrown, 'message', MOST_TEXT) ?? text(thrown, MOST_TEXT),
    stack: read(thrown, 'stack', MOST_STACK) ?? '',
  };
}

function read(thrown: unknown, property: 'name' | 'message' | 'stack', most: number): string | undefined {
  try {
    if (typeof thrown !== 'object' || thrown === null) return undefined;
    const value = (thrown as Partial<Record<typeof property, unknown>>)[property];
    return typeof value === 'string' ? value.slice(0, most) : undefined;
  } catch {
    return undefined;
  }
}

function text(thrown: unknown, most: number): string {
  try {
    return String(thrown).slice(0, most);
  } catch {
    return 'something that cannot be put into words';
  }
}
