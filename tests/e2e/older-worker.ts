/**
 * Preloaded into a worker that is to be of a version before: the newest spec it knows is one lower than today's. All else
 * of it is as it is.
 */
import { registerHooks } from 'node:module';

const NEWEST = /export const SPEC_VERSION = (\d+);/;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith('/packages/core/src/mission-spec.ts')) return loaded;
    const text =
      typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source ?? undefined);
    const [line, version] = NEWEST.exec(text) ?? [];
    if (line === undefined) throw new Error('mission-spec.ts does not say which version of a spec is the newest');
    return { ...loaded, source: text.replace(line, `export const SPEC_VERSION = ${Number(version) - 1};`) };
  },
});
