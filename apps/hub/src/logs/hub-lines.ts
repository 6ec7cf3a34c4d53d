import type { LogItem } from '@santokit/contract';
import { shownLine } from '@santokit/telemetry';
import type { SchemaPlace } from '../schema/plan-connections.ts';

/**
 * The last lines of this Hub's own log about an env or the whole of its project, the newest first; with `withOwn` also those about no
 * project. What is about other projects is never among them.
 */
export function hubLines({ deps, project, env }: SchemaPlace, { withOwn }: { readonly withOwn: boolean }): LogItem[] {
  return deps.recentLines
    .after(0)
    .toReversed()
    .flatMap(({ seq, text }): LogItem[] => {
      const shown = shownLine(text);
      if (shown === undefined || !isVisible(shown)) return [];
      const { line, ...about } = shown;
      return [{ id: `hub_${Date.parse(line.ts)}_${seq}`, source: 'hub', instanceId: null, ...about, ...line }];
    });

  function isVisible(about: { readonly project: string | null; readonly env: string | null }): boolean {
    if (about.project === null) return withOwn && about.env === null;
    return about.project === project.name && (about.env === null || about.env === env.name);
  }
}
