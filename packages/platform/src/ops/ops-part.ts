import type { Part } from '../lifecycle/lifecycle.ts';
import type { Logger } from '../logger/logger.ts';
import type { OpsServer } from './ops-server.ts';

/** The operators' port as a part of a process's life; none where the deployment opens none. */
export function opsParts(
  server: OpsServer,
  { address, logger }: { address: { host: string; port: number } | null; logger: Logger },
): Part[] {
  if (address === null) return [];
  return [
    {
      name: 'ops',
      start: async () => logger.info(`ops listening on ${await server.start(address)}`),
      stop: () => server.stop(),
    },
  ];
}
