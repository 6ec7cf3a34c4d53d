// The Redis that programs count in together, and what they do while it is away.
export * from './rate-store.ts';
