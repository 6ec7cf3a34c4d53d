const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * A signal that is aborted by SIGINT, SIGTERM or SIGHUP, in place of their ending this process.
 * Ctrl-C can arrive twice, from the terminal and from the launcher: only the first counts.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) process.on(name, () => controller.abort());
  return controller.signal;
}
