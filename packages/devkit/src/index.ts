// Turns a bare machine into a running Santokit.
export { PostgresStartError } from './postgres/postgres-start-error.ts';
export { type RunningPostgres, type StartPostgresOptions, startPostgres } from './postgres/start-postgres.ts';
export { StackError } from './stack/stack-error.ts';
export type { StackState } from './stack/stack-state.ts';
export { type Stack, type StackOptions, startStack } from './stack/start-stack.ts';
export { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from './testing/create-test-database.ts';
export { FrailProxy } from './testing/frail-proxy.ts';
export { hasRedisServer, RedisServer } from './testing/redis-server.ts';
