// What a project's TypeScript functions import: turns a handler and its arguments' schema into a function that a release can serve.
export {};
