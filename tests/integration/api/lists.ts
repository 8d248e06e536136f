import type { CursorKind } from '@flotilla/api/cursor';

/** What the cursors of each list are of. */
export const LISTS: Readonly<Record<string, CursorKind>> = {
  'GET /v1/missions': 'missions',
  'GET /v1/missions/{missionId}/children': 'missions',
  'GET /v1/missions/{missionId}/steps': 'steps',
  'GET /v1/missions/{missionId}/events': 'events',
  'GET /v1/missions/{missionId}/files': 'files',
  'GET /v1/dead-letters': 'missions',
  'GET /v1/approvals': 'inbox',
  'GET /v1/events': 'log',
  'GET /v1/sessions': 'sessions',
  'GET /v1/usage': 'usage',
  'GET /v1/agents': 'agents',
  'GET /v1/agents/{name}/versions': 'agent_versions',
  'GET /v1/webhook-endpoints': 'webhook_endpoints',
  'GET /v1/webhook-deliveries': 'webhook_deliveries',
  'GET /v1/webhook-deliveries/{deliveryId}/attempts': 'webhook_attempts',
  'GET /v1/api-keys': 'api_keys',
};
