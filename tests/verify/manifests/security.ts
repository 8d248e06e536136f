import type { Mistake } from './plant.ts';

const API = 'api/deployment.yaml: Deployment/api: spec.template.spec.containers[0]';
const WORKER = 'Deployment/worker: spec.template.spec.containers[0]';
const API_POD = 'Deployment/api: spec.template.spec';
const WORKER_POD = 'Deployment/worker: spec.template.spec';
const MIGRATE_POD = 'Job/migrate: spec.template.spec';

export const SECURITY_MISTAKES: Mistake[] = [
  {
    what: 'an image without a tag',
    file: 'kustomization.yaml',
    from: 'newTag: 0.1.0',
    to: 'newName: registry.test/flotilla',
    says: `${API}.image: flotilla has no tag other than latest and no digest`,
  },
  {
    what: 'the tag latest',
    file: 'kustomization.yaml',
    from: 'newTag: 0.1.0',
    to: 'newTag: latest',
    says: `${API}.image`,
  },
  {
    what: 'half a digest',
    file: 'api/deployment.yaml',
    from: 'image: flotilla',
    to: 'image: registry.test:5000/flotilla@sha256:abc',
    says: `${API}.image`,
  },
  {
    what: 'a registry with a port for a tag',
    file: 'api/deployment.yaml',
    from: 'image: flotilla',
    to: 'image: registry.test:5000/flotilla',
    says: `${API}.image`,
  },
  {
    what: 'a user that may be root',
    file: 'api/deployment.yaml',
    from: 'runAsNonRoot: true',
    to: 'runAsNonRoot: false',
    says: `${API}.securityContext.runAsNonRoot: must be true`,
  },
  {
    what: 'root',
    file: 'api/deployment.yaml',
    from: 'runAsUser: 10001',
    to: 'runAsUser: 0',
    says: `${API}.securityContext.runAsUser: must be 1000 or more, not 0`,
  },
  {
    what: 'root in one container only',
    file: 'api/deployment.yaml',
    from: 'allowPrivilege',
    to: 'runAsUser: 0\n            allowPrivilege',
    says: `${API}.securityContext.runAsUser: must be 1000 or more`,
  },
  {
    what: 'the user that the image has',
    file: 'worker/deployment.yaml',
    from: '        runAsUser: 10001\n',
    to: '',
    says: `${WORKER}.securityContext.runAsUser`,
  },
  {
    what: 'files that can be written',
    file: 'worker/deployment.yaml',
    from: 'readOnlyRootFilesystem: true',
    to: 'readOnlyRootFilesystem: false',
    says: `${WORKER}.securityContext.readOnlyRootFilesystem: must be true`,
  },
  {
    what: 'gaining rights',
    file: 'api/deployment.yaml',
    from: 'Escalation: false',
    to: 'Escalation: true',
    says: `${API}.securityContext.allowPrivilegeEscalation: must be false`,
  },
  {
    what: 'capabilities kept',
    file: 'api/deployment.yaml',
    from: 'drop: [ALL]',
    to: 'drop: []',
    says: `${API}.securityContext.capabilities: must drop ALL and add none`,
  },
  {
    what: 'capabilities added',
    file: 'api/deployment.yaml',
    from: 'drop: [ALL]',
    to: 'drop: [ALL]\n              add: [NET_RAW]',
    says: `${API}.securityContext.capabilities: must drop ALL`,
  },
  {
    what: 'a privileged container',
    file: 'api/deployment.yaml',
    from: 'allowPrivilege',
    to: 'privileged: true\n            allowPrivilege',
    says: `${API}.securityContext.privileged: must not be true`,
  },
  {
    what: 'system calls without a filter',
    file: 'migrate/job.yaml',
    from: 'RuntimeDefault',
    to: 'Unconfined',
    says: `${MIGRATE_POD}.containers[0].securityContext.seccompProfile.type: must be`,
  },
  {
    what: 'the network of the node',
    file: 'api/deployment.yaml',
    from: 'enableServiceLinks',
    to: 'hostNetwork: true\n      enableServiceLinks',
    says: `${API_POD}.hostNetwork: must not be true`,
  },
  {
    what: 'a port of the node',
    file: 'api/deployment.yaml',
    from: 'containerPort: 8080',
    to: 'containerPort: 8080\n              hostPort: 80',
    says: `${API}.ports[0].hostPort: must not be used`,
  },
  {
    what: 'a folder of the node',
    file: 'worker/deployment.yaml',
    from: '      containers:',
    to: '      volumes: [{name: x, hostPath: {path: /}}]\n      containers:',
    says: `${WORKER_POD}.volumes[0].hostPath: must not be used`,
  },
  {
    what: 'a namespace that forbids less',
    file: 'namespace.yaml',
    from: 'enforce: restricted',
    to: 'enforce: baseline',
    says: 'Namespace/flotilla: metadata.labels.pod-security.kubernetes.io/enforce: must be restricted',
  },
  {
    what: 'a token in a pod',
    file: 'migrate/job.yaml',
    from: '      automountServiceAccountToken: false\n',
    to: '',
    says: `${MIGRATE_POD}.automountServiceAccountToken: must be false`,
  },
  {
    what: 'a token with an account',
    file: 'worker/service-account.yaml',
    from: 'Token: false',
    to: 'Token: true',
    says: 'ServiceAccount/worker: automountServiceAccountToken: must be false',
  },
  {
    what: 'the account of another app',
    file: 'api/deployment.yaml',
    from: 'AccountName: api',
    to: 'AccountName: worker',
    says: `${API_POD}.serviceAccountName: must be api`,
  },
];
