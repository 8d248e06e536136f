import type { Mistake } from './plant.ts';

const API = 'api/deployment.yaml: Deployment/api: spec.template.spec.containers[0]';
const INTERNET = 'NetworkPolicy/worker-to-internet: spec.egress[0]';

export const NETWORK_MISTAKES: Mistake[] = [
  {
    what: "a Service that publishes the operators' port",
    file: 'api/service.yaml',
    from: 'targetPort: http',
    to: 'targetPort: ops',
    says: 'Service/api: spec.ports[0].targetPort: publishes the operators’ port',
  },
  {
    what: "the operators' port by its number",
    file: 'api/service.yaml',
    from: 'targetPort: http',
    to: 'targetPort: 9464',
    says: 'Service/api: spec.ports[0].targetPort: publishes the operators’ port',
  },
  {
    what: "a way to the operators' port for everybody",
    file: 'network/api-from-anywhere.yaml',
    from: 'port: http',
    to: 'port: ops',
    says: 'NetworkPolicy/api-from-anywhere: spec.ingress[0].from: opens the operators’ port to whoever is there',
  },
  {
    what: "a way to the operators' port for every namespace",
    file: 'network/ops-from-monitoring.yaml',
    from: 'namespaceSelector:\n            matchLabels:\n              kubernetes.io/metadata.name: monitoring',
    to: 'namespaceSelector: {}',
    says: 'NetworkPolicy/ops-from-monitoring: spec.ingress[0].from: opens the operators’ port',
  },
  {
    what: "an operators' port that nobody may call",
    file: 'network/ops-from-monitoring.yaml',
    from: 'port: ops',
    to: 'port: metrics',
    says: 'Deployment/worker: spec.template.spec.containers[0].ports[0]: no NetworkPolicy lets anybody reach it',
  },
  {
    what: 'denying one direction only',
    file: 'network/deny-all.yaml',
    from: '[Ingress, Egress]',
    to: '[Ingress]',
    says: 'kustomization.yaml: Kustomization: resources: nothing denies all traffic',
  },
  {
    what: 'denying it to some pods only',
    file: 'network/deny-all.yaml',
    from: 'podSelector: {}',
    to: 'podSelector: {matchLabels: {a: b}}',
    says: 'Kustomization: resources: nothing denies all traffic',
  },
  {
    what: 'rules under a direction that is not named',
    file: 'network/stores.yaml',
    from: '[Egress]',
    to: '[Ingress]',
    says: 'NetworkPolicy/stores: spec.policyTypes: must name Egress',
  },
  {
    what: 'pods without a way to their database',
    file: 'network/stores.yaml',
    from: '- port: 5432',
    to: '- port: 5433',
    says: 'Job/migrate: no NetworkPolicy lets it reach port 5432',
  },
  {
    what: 'pods without names',
    file: 'network/dns.yaml',
    from: 'podSelector:\n    matchLabels:\n      app.kubernetes.io/name: flotilla',
    to: 'podSelector:\n    matchLabels:\n      app.kubernetes.io/component: api',
    says: 'Deployment/worker: no NetworkPolicy lets it reach port 53',
  },
  {
    what: 'a server that nobody may call',
    file: 'network/api-from-anywhere.yaml',
    from: 'port: http',
    to: 'port: https',
    says: `${API}.ports[0]: no NetworkPolicy lets anybody reach it`,
  },
  {
    what: "a way to the cloud's credentials",
    file: 'network/worker-to-internet.yaml',
    from: '              - 169.254.0.0/16\n',
    to: '',
    says: `${INTERNET}: 0.0.0.0/0 must except 169.254.169.254`,
  },
  {
    what: 'a way to private networks of IPv6',
    file: 'network/worker-to-internet.yaml',
    from: 'cidr: 2000::/3',
    to: 'cidr: ::/0',
    says: `${INTERNET}: ::/0 must except ::1, 64:ff9b::a00:1, fc00::1`,
  },
  {
    what: 'a way to everywhere',
    file: 'network/worker-to-internet.yaml',
    from: '  egress:\n',
    to: '  egress:\n    - ports: [{port: 443}]\n',
    says: `${INTERNET}: leads everywhere`,
  },
  {
    what: 'a way to other pods',
    file: 'network/stores.yaml',
    from: '- port: 6379',
    to: '- port: 22',
    says: 'NetworkPolicy/stores: spec.egress[0]: leads to pods on other ports than those of the stores',
  },
];
