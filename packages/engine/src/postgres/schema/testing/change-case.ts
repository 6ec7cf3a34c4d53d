import type { Table } from '@santokit/contract';
import { afterAll, beforeAll } from 'vitest';
import { type ScratchDatabase, scratchDatabase } from './scratch-database.ts';

export interface ChangeCase {
  readonly name: string;
  readonly before?: readonly Table[];
  /** SQL run before the change, where the declared tables do not say enough. */
  readonly sql?: string;
  /** What an earlier release declared. */
  readonly previous?: readonly Table[];
  readonly after: readonly Table[];
  /** Class and words of each step. */
  readonly steps: readonly string[];
}

export interface ChangeTester {
  /** The file's database with nothing in it. */
  empty(): Promise<ScratchDatabase>;
  /** Goes from `before` to `after`; answers the steps that were taken, and what is left to do. */
  make(change: ChangeCase): Promise<{ steps: string[]; rest: { steps: string[]; drift: number } }>;
}

/** One database for all tests of a file, emptied before each use. */
export function changeTester(): ChangeTester {
  let database: ScratchDatabase;
  beforeAll(async () => {
    database = await scratchDatabase();
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
  });
  const empty = async () => {
    await database.clear();
    return database;
  };
  return {
    empty,
    make: async ({ before = [], sql, previous, after }) => {
      await empty();
      await database.migrate(before);
      if (sql !== undefined) await database.run(sql);
      const plan = await database.migrate(after, previous === undefined ? {} : { previous });
      const steps = plan.steps.map((step) => `${step.class}: ${step.what}`);
      return { steps, rest: await database.rest(after) };
    },
  };
}
