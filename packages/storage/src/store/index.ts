// What signs requests and sends them. Apart from the rest, because a client of S3 takes much memory.
export { Store } from './store.ts';
