// Turns releases into a served database.
export { type RunningBridge, startBridge } from './app.ts';
export { type BridgeConfig, ConfigError, readConfig } from './config.ts';
