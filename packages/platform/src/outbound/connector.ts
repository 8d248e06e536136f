import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isPublicAddress } from './address.ts';
import { asConnectError, asOutboundError, OutboundRefusedError } from './errors.ts';
import { type ResolvedAddress, type ResolveName, resolvePublic } from './resolve-name.ts';
import { isAllowedLoopback, isAllowedOrigin, type TargetPolicy } from './target.ts';

export type ConnectorOptions = {
  policy: TargetPolicy;
  resolve: ResolveName;
  timeoutMs: number;
};

const LOOPBACK: readonly ResolvedAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * Opens connections for undici, and is the place where the guard holds: whatever was checked before, DNS may answer
 * differently now. Three walls: literals here, since `net.connect` never calls `lookup` for them; names in the lookup,
 * whose checked answer is the one dialled; and the address of the socket that came of it. None of them stands before an
 * origin that the operator has named.
 */
export function createGuardedConnector({ policy, resolve, timeoutMs }: ConnectorOptions): buildConnector.connector {
  // NODE_TLS_REJECT_UNAUTHORIZED=0 in somebody's environment must not reach this far.
  const common = { timeout: timeoutMs, allowH2: false, rejectUnauthorized: true };
  const toPublic = buildConnector({ ...common, lookup: lookupWith((hostname) => resolvePublic(hostname, resolve)) });
  const toLoopback = buildConnector({ ...common, lookup: lookupWith(() => Promise.resolve(LOOPBACK)) });
  // As the system finds names: an operator's may be in /etc/hosts, or want the search domains of a cluster.
  const toOwn = buildConnector(common);

  return function connect(options, callback) {
    const hostname = options.hostname.replace(/^\[|\]$/g, '');
    const { protocol, port, servername } = options;
    const plain = { hostname, protocol, port, ...(servername === undefined ? {} : { servername }) };
    if (isAllowedOrigin(plain, policy)) {
      toOwn(plain, (...[error, socket]) => {
        if (error === null) callback(null, socket);
        else callback(asConnectError(error), null);
      });
      return;
    }
    const isLoopback = isAllowedLoopback({ ...options, hostname }, policy);
    if (!isLoopback && isIP(hostname) !== 0 && !isPublicAddress(hostname)) {
      callback(refusedAddress(), null);
      return;
    }
    (isLoopback ? toLoopback : toPublic)(plain, (...[error, socket]) => {
      if (error !== null) return callback(asConnectError(error), null);
      const { remoteAddress = '' } = socket;
      const isFine = isLoopback
        ? LOOPBACK.some(({ address }) => address === remoteAddress)
        : isPublicAddress(remoteAddress);
      if (isFine) return callback(null, socket);
      socket.destroy();
      return callback(refusedAddress(), null);
    });
  };
}

function refusedAddress(): OutboundRefusedError {
  return new OutboundRefusedError('address', 'the host has an address that may not be called');
}

/** A lookup in the shape `net.connect` calls. */
export function lookupWith(find: (hostname: string) => Promise<readonly ResolvedAddress[]>): LookupFunction {
  return (hostname, options, callback) => {
    find(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true) callback(null, [...addresses]);
        else if (first !== undefined) callback(null, first.address, first.family);
      },
      (error: unknown) => callback(asOutboundError(error), ''),
    );
  };
}
