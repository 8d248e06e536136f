import type { IContainer } from 'kubernetes-models/v1';
import { type Base, forWorkloads, POD, type Policy } from '../base.ts';
import { configMapsOf, environmentOf, SECRETS, variablesOf } from '../environment.ts';
import type { AppFacts } from '../facts.ts';
import type { Problem } from '../finding.ts';
import type { Path } from '../unread-fields.ts';

type Judge = (judged: { app: AppFacts; container: IContainer; path: Path; base: Base }) => Problem[];

/** A policy about each container that runs one of our programs. */
function forApps(judge: Judge): Policy {
  return forWorkloads(({ containers }, base) =>
    containers.flatMap(({ path, container }) => {
      const app = base.facts.apps.find(({ main }) => container.command?.[1] === main);
      return app ? judge({ app, container, path, base }) : [];
    }),
  );
}

/** What starts is one of our programs, and is there. */
export const commandRunsAnApp: Policy = forWorkloads(({ containers }, { facts }) =>
  containers.flatMap(({ path, container }): Problem[] => {
    const [node, main = ''] = container.command ?? [];
    const isApp = node === 'node' && facts.apps.some((app) => app.main === main) && facts.hasFile(main);
    if (isApp && container.args === undefined) return [];
    return [
      { path: [...path, 'command'], says: `must be node and one of ${facts.apps.map((app) => app.main).join(', ')}` },
    ];
  }),
);

/** A key that nobody reads is a setting that somebody believes in. */
export const keysAreRead: Policy = forApps(({ app, container, path, base }) =>
  variablesOf(container, path, base)
    .filter(({ name }) => !app.keys.has(name))
    .map((variable) => ({ path: variable.path, says: `${variable.name} is read by nothing in ${app.main}` })),
);

/** The app's own parser judges: what it would refuse at its start is refused here. */
export const configIsAccepted: Policy = forApps(({ app, container, path, base }) => {
  const variables = variablesOf(container, path, base);
  const faults = [true, false].flatMap((optionalSecrets) =>
    app.faultsOf(environmentOf(variables, { optionalSecrets })),
  );
  return [...new Set(faults)].map((fault) => ({
    path: [...path, 'env'],
    says: `${app.main} would not start: ${fault}`,
  }));
});

/** Whoever may read the manifests, or the ConfigMaps in the cluster, must not learn a secret from them. */
export const secretsAreSecret: Policy = forApps(({ container, path, base }) =>
  variablesOf(container, path, base).flatMap((variable): Problem[] => {
    const isSecret = variable.name in SECRETS;
    if (isSecret && variable.kind !== 'secret') {
      return [{ path: variable.path, says: `${variable.name} must come from a Secret` }];
    }
    if (variable.kind === 'secret' && !(variable.key in SECRETS && base.facts.readme.includes(`\`${variable.key}\``))) {
      return [{ path: variable.path, says: `k8s/README.md does not say that the Secret holds ${variable.key}` }];
    }
    return variable.kind === 'unknown' ? [{ path: variable.path, says: 'must be a value or a key of a Secret' }] : [];
  }),
);

/** Whole Secrets would give every pod every key. */
export const configMapsAreThere: Policy = forWorkloads(({ containers }, base) =>
  containers.flatMap(({ path, container }) =>
    (container.envFrom ?? []).flatMap(({ configMapRef }, index) =>
      configMapsOf(base).has(configMapRef?.name ?? '')
        ? []
        : [{ path: [...path, 'envFrom', index], says: 'must be a ConfigMap of this base' }],
    ),
  ),
);

/** Kubernetes would add variables named after every Service: one called `port` would move the API. */
export const environmentIsOurs: Policy = forWorkloads(({ pod }) =>
  pod.enableServiceLinks === false ? [] : [{ path: [...POD, 'enableServiceLinks'], says: 'must be false' }],
);

/** A server that listens elsewhere, or on its own loopback address, is never reached. */
export const listensWhereItSays: Policy = forApps(({ app, container, path, base }) => {
  const env = environmentOf(variablesOf(container, path, base), { optionalSecrets: true });
  return SERVERS.filter((server) => app.keys.has(server.port)).flatMap(({ port, host }) => {
    const isOpen = (container.ports ?? []).some(({ containerPort }) => String(containerPort) === env[port]);
    return [
      ...(isOpen ? [] : [{ path: [...path, 'ports'], says: `must hold ${port}, which is ${env[port]}` }]),
      ...(env[host] === '0.0.0.0' ? [] : [{ path: [...path, 'env'], says: `${host} must be 0.0.0.0` }]),
    ];
  });
});

const PROXIES = 'TRUST_PROXY';

/** How many there are nobody can know for the deployment; left out, all clients behind an Ingress are one address. */
export const proxiesAreCounted: Policy = forApps(({ app, container, path, base }) => {
  const isCounted = variablesOf(container, path, base).some(({ name }) => name === PROXIES);
  if (isCounted || !app.keys.has(PROXIES)) return [];
  return [{ path: [...path, 'env'], says: `must say ${PROXIES}: how many proxies of yours are in front` }];
});

/** The variables that say where a program listens: for clients, and for operators. */
const SERVERS = [
  { port: 'PORT', host: 'HOST' },
  { port: 'OPS_PORT', host: 'OPS_HOST' },
] as const;
