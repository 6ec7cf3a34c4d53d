/**
 * Loaded before a service's own code: asks the service to stop when the process that runs the stack is gone, however it ended.
 * The channel closes with it; no code has to run there.
 */
const PATIENCE_MS = 5_000;

process.on('disconnect', () => {
  setTimeout(() => process.exit(1), PATIENCE_MS).unref();
  process.kill(process.pid, 'SIGTERM');
});
process.channel?.unref();
