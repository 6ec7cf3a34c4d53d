// Turns what an operator types into calls to the Hub.
export { type CliOptions, runCli } from './run-cli.ts';
