import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import { validate as validateDeployment } from 'kubernetes-models/_schemas/IoK8sApiAppsV1Deployment';
import { validate as validateAutoscaler } from 'kubernetes-models/_schemas/IoK8sApiAutoscalingV2HorizontalPodAutoscaler';
import { validate as validateJob } from 'kubernetes-models/_schemas/IoK8sApiBatchV1Job';
import { validate as validateConfigMap } from 'kubernetes-models/_schemas/IoK8sApiCoreV1ConfigMap';
import { validate as validateNamespace } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Namespace';
import { validate as validateService } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Service';
import { validate as validateServiceAccount } from 'kubernetes-models/_schemas/IoK8sApiCoreV1ServiceAccount';
import { validate as validateNetworkPolicy } from 'kubernetes-models/_schemas/IoK8sApiNetworkingV1NetworkPolicy';
import { validate as validateDisruptionBudget } from 'kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget';
import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import type { IJob } from 'kubernetes-models/batch/v1';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type { IConfigMap, INamespace, IService, IServiceAccount } from 'kubernetes-models/v1';
import { validateScaledObject } from './scaled-object.ts';
import type { Validate } from './validate.ts';

/** An object of a kind that we use; told apart by `kind`. */
export type KubeObject =
  | IConfigMap
  | IDeployment
  | IHorizontalPodAutoscaler
  | IJob
  | INamespace
  | INetworkPolicy
  | IPodDisruptionBudget
  | IScaledObject
  | IService
  | IServiceAccount;

/**
 * What judges each kind, generated from Kubernetes' own OpenAPI description and KEDA's. A kind that is not here is refused: no
 * object goes unjudged, and a Secret has no place among manifests.
 */
export const VALIDATORS: ReadonlyMap<string, Validate> = new Map([
  ['apps/v1 Deployment', validateDeployment],
  ['autoscaling/v2 HorizontalPodAutoscaler', validateAutoscaler],
  ['batch/v1 Job', validateJob],
  ['keda.sh/v1alpha1 ScaledObject', validateScaledObject],
  ['networking.k8s.io/v1 NetworkPolicy', validateNetworkPolicy],
  ['policy/v1 PodDisruptionBudget', validateDisruptionBudget],
  ['v1 ConfigMap', validateConfigMap],
  ['v1 Namespace', validateNamespace],
  ['v1 Service', validateService],
  ['v1 ServiceAccount', validateServiceAccount],
]);
