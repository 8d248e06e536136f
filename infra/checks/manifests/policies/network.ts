import { BlockList, isIPv6 } from 'node:net';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { type Base, findingsIn, forWorkloads, type Labels, type Manifest, type Policy, selects } from '../base.ts';
import { variablesOf } from '../environment.ts';

/** Postgres, PgBouncer. */
const DATABASE_PORTS = [5432, 6432];
const REDIS_PORT = 6379;
const STORE_PORTS = [...DATABASE_PORTS, REDIS_PORT];
/** OTLP over HTTP, where nothing else is said. */
const COLLECTOR_PORT = 4318;
const STANDARD_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** One address of each range in which the Internet is not: neighbours, the node, the cloud's credentials. */
const INSIDE = [
  '0.0.0.1',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '168.63.129.16',
  '169.254.169.254',
  '172.16.0.1',
  '192.0.0.1',
  '192.168.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '64:ff9b::a00:1',
  '2002:a00:1::',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
];

type Rule = NonNullable<NonNullable<INetworkPolicy['spec']>['egress']>[number];
type Block = { cidr: string; except?: string[] };

function networkPolicies({ manifests }: Pick<Base, 'manifests'>): { manifest: Manifest; policy: INetworkPolicy }[] {
  return manifests.flatMap((manifest) =>
    manifest.object.kind === 'NetworkPolicy' ? [{ manifest, policy: manifest.object }] : [],
  );
}

/** What no rule allows is refused, in both directions. */
export const trafficIsDenied: Policy = (base) => {
  const isThere = networkPolicies(base).some(({ policy: { spec } }) => {
    const isForAll = Object.keys(spec?.podSelector ?? {}).length === 0;
    const types = spec?.policyTypes ?? [];
    const isClosed = (spec?.ingress ?? []).length === 0 && (spec?.egress ?? []).length === 0;
    return isForAll && isClosed && types.includes('Ingress') && types.includes('Egress');
  });
  if (isThere) return [];
  const says = 'nothing denies all traffic of all pods in both directions';
  return [{ file: base.kustomization.file, object: 'Kustomization', path: ['resources'], says }];
};

/** A rule under a direction that the policy does not name does nothing. */
export const directionsAreNamed: Policy = (base) =>
  networkPolicies(base).flatMap(({ manifest, policy: { spec } }) => {
    const types = spec?.policyTypes ?? [];
    const wanted = [...(spec?.ingress ? ['Ingress'] : []), ...(spec?.egress ? ['Egress'] : [])];
    const missing = wanted.filter((type) => !types.some((one) => one === type));
    return findingsIn(
      manifest,
      missing.map((type) => ({ path: ['spec', 'policyTypes'], says: `must name ${type}, which has rules` })),
    );
  });

/** Every pod needs names and a database, and some a Redis; one that is selected by no rule can only wait. */
export const podsReachTheirStores: Policy = forWorkloads(({ labels, containers }, base) => {
  const reached = openPorts(base, labels, 'egress');
  const hasRedis = containers.some(({ path, container }) =>
    variablesOf(container, path, base).some(({ name }) => name === 'REDIS_URL'),
  );
  return [53, ...DATABASE_PORTS, ...(hasRedis ? [REDIS_PORT] : [])]
    .filter((port) => !reached.has(port))
    .map((port) => ({ path: [], says: `no NetworkPolicy lets it reach port ${port}` }));
});

/** Where spans are to go, some rule lets them. */
export const podsReachTheirCollector: Policy = forWorkloads(({ labels, containers }, base) => {
  const reached = openPorts(base, labels, 'egress');
  return containers.flatMap(({ path, container }) =>
    variablesOf(container, path, base).flatMap((variable) => {
      if (variable.name !== 'OTEL_EXPORTER_OTLP_ENDPOINT' || variable.kind !== 'text') return [];
      const { port, protocol } = new URL(variable.value);
      const wanted = port === '' ? STANDARD_PORTS[protocol] : Number(port);
      return reached.has(wanted)
        ? []
        : [{ path: variable.path, says: `no NetworkPolicy lets it reach the collector’s port ${wanted}` }];
    }),
  );
});

export const serversAreReached: Policy = forWorkloads(({ labels, containers }, base) => {
  const open = openPorts(base, labels, 'ingress');
  return containers.flatMap(({ path, container }) =>
    (container.ports ?? []).flatMap(({ name, containerPort }, index) =>
      open.has(containerPort) || open.has(name)
        ? []
        : [{ path: [...path, 'ports', index], says: 'no NetworkPolicy lets anybody reach it' }],
    ),
  );
});

/** The ports that some rule names for pods with these labels. */
function openPorts(base: Base, labels: Labels, direction: 'ingress' | 'egress'): Set<unknown> {
  const ports = networkPolicies(base)
    .filter(({ policy: { spec } }) => selects(spec?.podSelector ?? {}, labels))
    .flatMap(({ policy: { spec } }) => spec?.[direction] ?? [])
    .flatMap((rule) => rule.ports ?? []);
  return new Set(ports.map(({ port }) => port));
}

/**
 * The wall behind the guard of `packages/platform/src/outbound`: whatever a model talks a tool into, no rule but those
 * to the stores' ports and to the collector leads to an address inside.
 */
export const egressStaysOutside: Policy = (base) =>
  networkPolicies(base).flatMap(({ manifest, policy: { spec } }) =>
    findingsIn(
      manifest,
      (spec?.egress ?? []).flatMap((rule, index) =>
        isToStores(rule) || isToDns(rule) || isToCollector(rule)
          ? []
          : leaksOf(rule).map((says) => ({ path: ['spec', 'egress', index], says })),
      ),
    ),
  );

function isToStores({ ports = [] }: Rule): boolean {
  return (
    ports.length > 0 &&
    ports.every(({ port, endPort }) => STORE_PORTS.some((one) => one === port) && endPort === undefined)
  );
}

function isToDns({ ports = [], to = [] }: Rule): boolean {
  return ports.length > 0 && ports.every(({ port }) => port === 53) && to.every(({ podSelector }) => podSelector);
}

/** One namespace's, by its name: on every other, 4318 may be anything. */
function isToCollector({ ports = [], to = [] }: Rule): boolean {
  const isNamed = ({ namespaceSelector }: (typeof to)[number]) =>
    Object.keys(namespaceSelector?.matchLabels ?? {}).length > 0;
  return ports.length > 0 && ports.every(({ port }) => port === COLLECTOR_PORT) && to.length > 0 && to.every(isNamed);
}

function leaksOf({ to = [] }: Rule): string[] {
  if (to.length === 0) return ['leads everywhere'];
  return to.flatMap(({ ipBlock }) => {
    if (!ipBlock) return ['leads to pods on other ports than those of the stores'];
    const inside = INSIDE.filter((address) => reaches(ipBlock, address));
    return inside.length > 0 ? [`${ipBlock.cidr} must except ${inside.join(', ')}`] : [];
  });
}

function reaches({ cidr, except = [] }: Block, address: string): boolean {
  return isIn([cidr], address) && !isIn(except, address);
}

function isIn(cidrs: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [net = '', bits] = cidr.split('/');
    // A BlockList takes an IPv4 address for part of ::/0; a cluster's network does not.
    if (familyOf(net) === familyOf(address)) list.addSubnet(net, Number(bits), familyOf(net));
  }
  return list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
