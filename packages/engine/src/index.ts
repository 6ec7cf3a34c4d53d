// Turns models, changes and calls into what a database understands.
export * from './database.ts';
export { type ConnectOptions, connect } from './postgres/connect.ts';
