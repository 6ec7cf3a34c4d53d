import { type LoadOptions, type LoadResult, load } from './load.ts';
import { cpuMicroseconds, cpuMicrosecondsOfTree } from './process-usage.ts';
import type { ServerProcess } from './server-process.ts';

/** What one side did for some seconds. CPU time is per request, in microseconds; NaN where the system does not tell. */
export interface Phase {
  readonly load: LoadResult;
  readonly serverCpuUs: number;
  readonly databaseCpuUs: number;
}

/** Puts load on a server and measures it. @param databasePid of PostgreSQL's first process */
export async function runPhase(
  server: ServerProcess,
  databasePid: number,
  options: Omit<LoadOptions, 'url'>,
): Promise<Phase> {
  const serverBefore = cpuMicroseconds(server.pid);
  const databaseBefore = cpuMicrosecondsOfTree(databasePid);
  const result = await load({ url: server.url, ...options });
  return {
    load: result,
    serverCpuUs: ((cpuMicroseconds(server.pid) ?? Number.NaN) - (serverBefore ?? Number.NaN)) / result.requests,
    databaseCpuUs:
      ((cpuMicrosecondsOfTree(databasePid) ?? Number.NaN) - (databaseBefore ?? Number.NaN)) / result.requests,
  };
}
