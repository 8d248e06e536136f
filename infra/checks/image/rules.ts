import { readCommand, readCopy, readDockerfile, type Stage } from './read-dockerfile.ts';

/** A workspace of npm's, and what of ours it needs. */
export type Workspace = { path: string; name: string; dependencies: string[] };

export type ImageFacts = {
  /** Those that the image runs, by their path. */
  apps: string[];
  workspaces: Workspace[];
  /** The Node that everything is tested with. */
  nodeVersion: string;
  /** What Docker would be sent. */
  context: readonly string[];
};

const FIRST_PLAIN_USER = 1_000;
/** npm's kinds of what nothing in the image asks for. */
const LEFT_OUT = { dev: 'development dependencies', optional: 'optional dependencies', peer: 'peers’ own wishes' };
const MIGRATIONS = 'prisma/migrations';
const SECRET = /KEY|SECRET|TOKEN|PASSWORD|_URL/;

/** Everything that is wrong with a Dockerfile of ours, a line each. */
export function judgeImage(text: string, facts: ImageFacts): string[] {
  const stages = readDockerfile(text);
  const image = stages.at(-1);
  if (!image) return ['There is no stage.'];
  return [
    ...stages.flatMap((stage) => judgeBase(stage, stages, facts)),
    ...stages.flatMap((stage) => judgeSteps(stage, facts)),
    ...judgeManifests(stages, facts),
    ...judgeDependencies(image, stages),
    ...judgeRun(image),
    ...judgeSources(image, facts),
  ];
}

function judgeBase({ name, from }: Stage, stages: readonly Stage[], { nodeVersion }: ImageFacts): string[] {
  if (stages.some((other) => other.name === from)) return [];
  const isPinned = from.startsWith(`node:${nodeVersion}-`) || /@sha256:[0-9a-f]{64}$/.test(from);
  return isPinned ? [] : [`${name}: ${from} is not pinned to Node ${nodeVersion}, with which everything is tested.`];
}

function judgeSteps({ name: stage, steps }: Stage, { context }: ImageFacts): string[] {
  return steps.flatMap(({ name, rest }) => {
    switch (name) {
      case 'RUN':
      case 'CMD':
      case 'ENTRYPOINT':
      case 'HEALTHCHECK':
        return readCommand(rest) ? judgeInstall(stage, rest) : [`${stage}: ${name} ${rest} needs a shell.`];
      case 'COPY':
        return readCopy(rest).from === undefined ? judgeCopy(stage, rest, context) : [];
      case 'ENV':
      case 'ARG':
        return SECRET.test(rest) ? [`${stage}: ${name} would leave a secret in the image.`] : [];
      case 'WORKDIR':
      case 'USER':
      case 'EXPOSE':
        return [];
      default:
        return [`${stage}: ${name} is none of the instructions that are checked here.`];
    }
  });
}

function judgeInstall(stage: string, rest: string): string[] {
  const isInstall = rest.includes('"npm"');
  return isInstall && !(rest.includes('"ci"') && rest.includes('"--ignore-scripts"'))
    ? [`${stage}: npm must install by the lockfile, and run nobody's scripts.`]
    : [];
}

function judgeCopy(stage: string, rest: string, context: readonly string[]): string[] {
  return readCopy(rest)
    .sources.filter(
      (source) => !context.some((file) => file === source || file.startsWith(`${source.replace(/\/$/, '')}/`)),
    )
    .map((source) => `${stage}: ${source} is not there, or kept back by .dockerignore.`);
}

/** `npm ci` refuses a lockfile about workspaces that are not there. */
function judgeManifests(stages: readonly Stage[], { workspaces }: ImageFacts): string[] {
  return stages
    .filter(({ steps }) => steps.some(({ name, rest }) => name === 'RUN' && rest.includes('"npm"')))
    .flatMap((stage) => {
      const copied = new Set(lineage(stage, stages).flatMap(sourcesOf));
      return workspaces
        .filter(({ path }) => !copied.has(`${path}/package.json`))
        .map(({ path }) => `${stage.name}: npm is not told of ${path}.`);
    });
}

function lineage(stage: Stage, stages: readonly Stage[]): Stage[] {
  const before = stages.find(({ name }) => name === stage.from);
  return before ? [...lineage(before, stages), stage] : [stage];
}

function sourcesOf({ steps }: Stage): string[] {
  return steps.filter(({ name }) => name === 'COPY').flatMap(({ rest }) => readCopy(rest).sources);
}

function judgeDependencies(image: Stage, stages: readonly Stage[]): string[] {
  const [from] = image.steps
    .filter(
      ({ name, rest }) => name === 'COPY' && readCopy(rest).sources.some((source) => source.endsWith('node_modules')),
    )
    .map(({ rest }) => readCopy(rest).from);
  const install = stages.find(({ name }) => name === from)?.steps.find(({ name }) => name === 'RUN')?.rest ?? '';
  return Object.entries(LEFT_OUT)
    .filter(([kind]) => !install.includes(`"--omit=${kind}"`))
    .map(([, what]) => `The image’s node_modules must come without ${what}.`);
}

function judgeRun({ steps }: Stage): string[] {
  const lastOf = (wanted: string) => steps.findLast(({ name }) => name === wanted)?.rest;
  const user = Number(lastOf('USER')?.split(':')[0]);
  return [
    ...(user >= FIRST_PLAIN_USER
      ? []
      : [`USER must be a number from ${FIRST_PLAIN_USER} on: Kubernetes cannot judge names.`]),
    ...(lastOf('CMD') === undefined ? ['CMD is missing.'] : []),
    ...(lastOf('HEALTHCHECK') === undefined ? ['HEALTHCHECK is missing.'] : []),
    ...(lastOf('RUN') === undefined
      ? []
      : ['The last stage must run nothing: what it makes belongs to root, and to no test.']),
  ];
}

/** Every package of ours that an app needs, and that those need, and what each start holds its database to. */
function judgeSources(image: Stage, { apps, workspaces }: ImageFacts): string[] {
  const byName = new Map(workspaces.map((workspace) => [workspace.name, workspace]));
  const needed = new Set<Workspace>();
  const add = (workspace: Workspace | undefined): void => {
    if (!workspace || needed.has(workspace)) return;
    needed.add(workspace);
    for (const name of workspace.dependencies) add(byName.get(name));
  };
  for (const path of apps) add(workspaces.find((workspace) => workspace.path === path));
  const copied = new Set(sourcesOf(image));
  const paths = [...[...needed].map(({ path }) => path), MIGRATIONS];
  return paths.filter((path) => !copied.has(path)).map((path) => `${path} is not in the image.`);
}
