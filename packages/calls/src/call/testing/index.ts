// A blog that is served, and calls of it that are drawn at random.
export { BLOG_DDL, BLOG_SCHEMA, blogRelease } from './blog.ts';
export type { Draw } from './drawn-params.ts';
export { type RandomCall, randomCall } from './random-calls.ts';
