import { readFileSync } from 'node:fs';
import type { McpServer } from '@flotilla/agent';
import { MCP_SERVER_NAME } from '@flotilla/core';
import { ConfigError } from '@flotilla/platform';
import { z } from 'zod';

const texts = z.record(z.string(), z.string()).default({});
const trustAnnotations = z.boolean().default(false);
const program = z.strictObject({
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  env: texts,
  trustAnnotations,
});
const remote = z.strictObject({ url: z.url({ protocol: /^https?$/ }), headers: texts, trustAnnotations });
const fileSchema = z.strictObject({
  mcpServers: z
    .record(
      z.string(),
      z.union([program, remote], {
        error: 'must have either command, args and env, or url and headers, and trustAnnotations true or false',
      }),
    )
    .superRefine((servers, context) => {
      for (const name of Object.keys(servers)) {
        if (MCP_SERVER_NAME.test(name)) continue;
        const message = 'the name must be made of a to z, 0 to 9 and -, the first a letter';
        context.addIssue({ code: 'custom', path: [name], message });
      }
    }),
});

export type McpConfig = { servers: readonly McpServer[]; secrets: ReadonlyMap<string, string> };

/** A variable of this process, in a value. */
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * The MCP servers of a deployment, from a file in the form that most programs of the protocol read: `mcpServers`, by
 * name, with `command`, `args` and `env`, or with `url` and `headers`; and, for one whose word on its tools is to be taken,
 * `trustAnnotations`. Values of `env` and `headers` may name variables
 * of this process, so that the file holds no secret. A program is given these and `PATH`, and nothing else. `secrets`:
 * the variables that were named, which a server may give back in whatever it says.
 * @throws {ConfigError} with everything that is wrong
 */
export function readMcpServers(path: string, env: NodeJS.ProcessEnv): McpConfig {
  const missing = new Set<string>();
  const secrets = new Map<string, string>();

  function resolve(values: Readonly<Record<string, string>>): Record<string, string> {
    const lookUp = (_: string, name: string) => {
      const value = env[name];
      if (value === undefined) missing.add(name);
      else secrets.set(name, value);
      return value ?? '';
    };
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value.replace(REFERENCE, lookUp)]));
  }

  const servers = Object.entries(readFile(path).mcpServers).map(([name, server]): McpServer => {
    const named = { name, trustAnnotations: server.trustAnnotations };
    if ('url' in server) return { ...named, url: server.url, headers: resolve(server.headers) };
    const { command, args } = server;
    return { ...named, command, args, env: { PATH: env['PATH'] ?? '', ...resolve(server.env) } };
  });
  if (missing.size > 0) throw fault(`names variables that are not set: ${[...missing].join(', ')}`);
  return { servers, secrets };
}

function readFile(path: string): z.output<typeof fileSchema> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw fault('must be the path of a readable file of JSON');
  }
  const parsed = fileSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw fault(`is not valid:\n${z.prettifyError(parsed.error)}`);
}

function fault(problem: string): ConfigError {
  return new ConfigError([{ name: 'MCP_SERVERS_FILE', problem }]);
}
