import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/tests/**/*.test.ts',
      'apps/*/src/**/*.test.ts',
      'apps/*/tests/**/*.test.ts',
      'scripts/**/*.test.ts',
      'tests/e2e/**/*.test.ts',
    ],
    globalSetup: ['packages/devkit/src/testing/global-setup.ts'],
    // Tests wait for databases and processes more than they compute; on two cores one at a time would leave half of them idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A machine with two cores that runs several services at once answers late, not wrongly.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
});
