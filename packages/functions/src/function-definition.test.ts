import { describe, expect, it } from 'vitest';
import { isFunctionDefinition, mutation, query, z } from './index.ts';

describe('what a file exports', () => {
  it('is a function when query or mutation made it, and nothing that looks like one', () => {
    const made = query({ args: z.object({ n: z.number() }), handler: (_, { n }) => n + 1 });
    expect([isFunctionDefinition(made), made.mode]).toEqual([true, 'query']);
    expect(mutation({ handler: (ctx) => ctx.publish('sold', {}) }).mode).toBe('mutation');
    for (const other of [{ ...made }, null, 'query', () => 1, made.options])
      expect(isFunctionDefinition(other)).toBe(false);
  });

  it('cannot be changed once it is made', () => {
    const made = query({ roles: ['a'], handler: () => 1 });
    expect(Object.isFrozen(made) && Object.isFrozen(made.options)).toBe(true);
  });

  it('is refused without a handler', () => {
    expect(() => query({} as never)).toThrow('query() needs a handler');
    expect(() => mutation(undefined as never)).toThrow('mutation() needs a handler');
  });
});
