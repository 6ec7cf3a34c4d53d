import process from 'node:process';
import { readEnvironment } from './config.ts';
import { runCli } from './run-cli.ts';

stopWithLauncher();
ignoreClosedReaders();
process.exitCode = await runCli({
  args: process.argv.slice(2),
  cwd: process.cwd(),
  environment: readEnvironment(),
  streams: process,
});

/** Under an older Node the launcher runs us as its child; when it is killed, the channel to it closes. */
function stopWithLauncher(): void {
  if (process.channel === undefined || process.channel === null) return;
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}

/** `stk … | head -1` closes our output early. That is no failure of the command. */
function ignoreClosedReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
