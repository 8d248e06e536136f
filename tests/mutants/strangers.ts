import type { Mutant } from './mutant.ts';

const ADDRESSES = ['packages/agent/src/untrusted/addresses.test.ts'];
const GOING = ['packages/agent/src/untrusted/going.test.ts'];
const LOST = ['packages/agent/src/mcp/lost-calls.test.ts'];
const UNTRUSTED = ['tests/integration/worker/untrusted.test.ts'];
const MCP = ['packages/agent/src/mcp/create-mcp.test.ts'];

const PLACE = 'packages/agent/src/untrusted/place.ts';
const ADDRESSES_IN = 'packages/agent/src/untrusted/addresses-in.ts';
const ADDRESSES_OF = 'packages/agent/src/untrusted/addresses.ts';
const CALL_ERROR = 'packages/agent/src/mcp/call-error.ts';

/** What strangers' words do not get done, and what is made of what MCP servers say. */
export const STRANGERS: Mutant[] = [
  {
    name: "strangers' words forgotten with the mission that was erased",
    file: 'packages/db/src/missions/erase.ts',
    find: 'untrusted = s.untrusted OR EXISTS (',
    replace: 'untrusted = s.untrusted AND EXISTS (',
    tests: UNTRUSTED,
  },
  {
    name: 'a server that a mission brought, and that nobody called, taken for no stranger',
    file: 'packages/db/src/sessions/untrusted.ts',
    find: "m.spec @? '$.declaredTools[*].mcp' OR ",
    replace: '',
    tests: UNTRUSTED,
  },
  {
    name: "strangers' words forgotten with a mission's retention",
    file: 'packages/db/src/sweep/purge.ts',
    find: 'SET untrusted = true',
    replace: 'SET untrusted = false',
    tests: UNTRUSTED,
  },
  {
    name: 'a host that the client named, open for any path and query',
    file: PLACE,
    find: 'return url && joined(url,',
    replace: "if (url) return joined(url, '');\n  return url && joined(url,",
    tests: ADDRESSES,
  },
  {
    name: 'an address that goes on behind where it stands',
    file: ADDRESSES_IN,
    find: 'const ADDRESS = addressOf(REST);',
    replace: 'const ADDRESS = addressOf(String.raw`[^\\s"<>\\\\]`);',
    tests: [...ADDRESSES, ...GOING],
  },
  {
    name: 'an address that goes on behind what keeps it apart',
    file: ADDRESSES_IN,
    find: 'endAtSeparator(withScheme(whole, bare), text.charAt(index - 1))',
    replace: 'withScheme(whole, bare)',
    tests: ADDRESSES,
  },
  {
    name: 'a link that is taken for whole wherever it stands',
    file: 'packages/agent/src/untrusted/links-in.ts',
    find: 'LINKS.get(toolName)',
    replace: "LINKS.get('http_fetch')",
    tests: ADDRESSES,
  },
  {
    name: 'an address at the end of another host',
    file: ADDRESSES_IN,
    find: '[\\p{L}\\p{N}._\\/-])(?<slashes>',
    replace: '[\\u0000])(?<slashes>',
    tests: [...ADDRESSES, 'packages/agent/src/untrusted/addresses-in.test.ts'],
  },
  {
    name: 'an address that is known for being repeated to the model that wrote it',
    file: ADDRESSES_OF,
    find: 'if (!written.has(place)) read.add(place);',
    replace: 'read.add(place);',
    tests: ADDRESSES,
  },
  {
    name: 'an answer that nobody gave, taken for the client’s word',
    file: ADDRESSES_OF,
    find: 'if (!result || result.isError) return null;',
    replace: 'if (!result) return null;',
    tests: ADDRESSES,
  },
  {
    name: 'all that was said gone through anew for each address',
    file: ADDRESSES_OF,
    find: 'pending.splice(0)',
    replace: 'pending',
    tests: ADDRESSES,
  },
  {
    name: 'a step that hands on as many addresses as it likes',
    file: 'packages/agent/src/untrusted/refuse-address.ts',
    find: 'room -= certain.length;',
    replace: '',
    tests: GOING,
  },
  {
    name: 'a redirect that goes where its mission may not',
    file: 'packages/agent/src/tools/http-fetch/http-fetch.ts',
    find: 'mayFollow: mayGoTo',
    replace: 'mayFollow: () => true',
    tests: ['packages/agent/src/tools/http-fetch/http-fetch.test.ts'],
  },
  {
    name: 'a tool that is always told that it may go on',
    file: 'packages/agent/src/tool-call.ts',
    find: 'mayGoTo: (address) => mayGoTo(context, address)',
    replace: 'mayGoTo: () => true',
    tests: GOING,
  },
  {
    name: 'a redirect that its caller will not have, followed',
    file: 'packages/platform/src/outbound/outbound.ts',
    find: 'if (next && !mayFollow(next.url.href)) return receive(hop, response, limits);',
    replace: '',
    tests: ['packages/platform/src/outbound/redirect.test.ts'],
  },
  {
    name: 'a child that may go wherever its goal says',
    file: ADDRESSES_OF,
    find: '[spec.knownAddresses ?? [], told]',
    replace: '[told, []]',
    tests: [...ADDRESSES, ...GOING],
  },
  {
    name: 'a child whose goal is not judged',
    file: 'packages/agent/src/untrusted/refuse-address.ts',
    find: 'perhaps.filter(({ address }) => mayGoTo(context, address))',
    replace: 'perhaps',
    tests: GOING,
  },
  {
    name: 'an MCP call that broke off, told as one that was not made',
    file: 'packages/agent/src/mcp/connection.ts',
    find: 'if (isSettled(error)) throw named(error);',
    replace: 'throw named(error);',
    tests: LOST,
  },
  {
    name: 'an MCP call that half-way failed, told as refused',
    file: CALL_ERROR,
    find: 'status < 500',
    replace: 'status < 600',
    tests: LOST,
  },
  {
    name: 'an error of an MCP server that leaves it open, told as refused',
    file: CALL_ERROR,
    find: 'REFUSALS.has(code)',
    replace: 'true',
    tests: LOST,
  },
  {
    name: 'an MCP call made twice since a 400 spoke of a session',
    file: 'packages/agent/src/mcp/connection.ts',
    find: '(forgotten && mayRepeat)',
    replace: 'forgotten',
    tests: LOST,
  },
  {
    name: 'a lost call that is told as one that simply failed',
    file: 'packages/agent/src/tool-call.ts',
    find: 'error instanceof OutcomeUnknownError && !tool.idempotent',
    replace: 'false',
    tests: ['packages/agent/src/tool-call.test.ts'],
  },
  {
    name: 'a call that was cut off, told as one that was not made since its server is away by now',
    file: 'packages/agent/src/tool-call.ts',
    find: `if (call.status === 'started') return`,
    replace: `if (call.status === 'started' && !(tool && 'run' in tool && tool.idempotent)) return`,
    tests: ['packages/agent/src/mcp/cut-off-calls.test.ts'],
  },
  {
    name: 'an open connection’s error taken for one that never came to be',
    file: 'packages/platform/src/outbound/errors.ts',
    find: 'return error instanceof OutboundFailedError && error.isUnsent;',
    replace: 'return error instanceof OutboundFailedError;',
    tests: ['packages/platform/src/outbound/outbound.test.ts'],
  },
  {
    name: 'a server believed whoever it is',
    file: 'packages/agent/src/mcp/to-tools.ts',
    find: 'trustAnnotations ? listed.annotations : undefined',
    replace: 'listed.annotations',
    tests: ['packages/agent/src/mcp/to-tools.test.ts', ...MCP],
  },
  {
    name: 'a server believed if one of its entries says so',
    file: 'packages/agent/src/mcp/create-mcp.ts',
    find: 'trustAnnotations: entries.every((entry) => entry.trustAnnotations === true)',
    replace: 'trustAnnotations: true',
    tests: MCP,
  },
  {
    name: 'two tools under one name',
    file: 'packages/agent/src/mcp/judge-tools.ts',
    find: 'if (others.length > 0) {',
    replace: 'if (others.length > 9) {',
    tests: ['packages/agent/src/mcp/judge-tools.test.ts'],
  },
  {
    name: 'a tool that a role names, cut off where its server has many',
    file: 'packages/agent/src/mcp/create-mcp.ts',
    find: '[...own, ...others]',
    replace: '[...others, ...own]',
    tests: MCP,
  },
  {
    name: 'a server that a mission brings along, reached as one of the operator’s',
    file: 'apps/worker/src/mcp.ts',
    find: 'fetchNamed: web.fetch',
    replace: 'fetchNamed: own.fetch',
    tests: ['apps/worker/src/mcp.test.ts'],
  },
  {
    name: 'a redirect to an origin that only the operator may name',
    file: 'packages/platform/src/outbound/redirect.ts',
    find: ' || (isAllowedOrigin(url, policy) && url.origin !== hop.url.origin)',
    replace: '',
    tests: ['packages/platform/src/outbound/redirect.test.ts'],
  },
  {
    name: 'a schema that may cost a worker whatever it costs',
    file: 'packages/agent/src/schema-check/pass.ts',
    find: 'if (left < 0) throw new TooLargeError();',
    replace: '',
    tests: ['packages/agent/src/schema-check/schema-check.test.ts'],
  },
  {
    name: 'a bad tool that costs all the tools of its server',
    file: 'packages/agent/src/mcp/open-client.ts',
    find: 'siftTools(isProgram ? createStdioTransport(server) : createHttpTransport(server, fetch))',
    replace: 'isProgram ? createStdioTransport(server) : createHttpTransport(server, fetch)',
    tests: MCP,
  },
];
