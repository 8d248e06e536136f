import OpenAI, { AzureOpenAI } from 'openai';

const OFFICIAL_URL = 'https://api.openai.com/v1';

export type ClientOptions = {
  apiKey: string;
  /** Any server that speaks OpenAI's interface, with its `/v1`. With `azureApiVersion`: the Azure resource, without a path. */
  baseUrl?: string;
  /**
   * Azure's dated interface, in which a model's name is a deployment's: `2025-04-01-preview`. Its undated one, at
   * `…/openai/v1`, is like OpenAI's and needs none.
   */
  azureApiVersion?: string;
  /** Replaces the global `fetch`; with an undici agent it has to be undici's own. */
  fetch?: typeof fetch;
};

/** The official SDK's client: it retries nothing, prints nothing, and reads nothing but `OPENAI_CUSTOM_HEADERS` from the environment. */
export function createClient({ apiKey, baseUrl, azureApiVersion, fetch }: ClientOptions): OpenAI {
  const common = {
    apiKey,
    // Left out, these would be looked up in the environment.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    logLevel: 'off',
    // A redirect would take the key along to another host.
    fetchOptions: { redirect: 'manual' },
    ...(fetch && { fetch }),
  } as const;
  if (azureApiVersion === undefined) return new OpenAI({ ...common, baseURL: baseUrlOf({ baseUrl }) });
  return new AzureOpenAI({
    ...common,
    apiVersion: azureApiVersion,
    baseURL: `${baseUrlOf({ baseUrl }).replace(/\/+(openai\/*)?$/, '')}/openai`,
  });
}

export function baseUrlOf({ baseUrl }: { baseUrl?: string | undefined }): string {
  return baseUrl ?? OFFICIAL_URL;
}
