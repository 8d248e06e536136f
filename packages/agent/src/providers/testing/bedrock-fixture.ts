import { createBedrockProvider } from '../bedrock/provider.ts';
import { anthropicFixture } from './anthropic-fixture.ts';
import { toEventStream } from './event-stream.ts';
import { type ErrorKind, sse, type WireFixture } from './fixture.ts';

/** Bedrock's names for what goes wrong in the middle; in front of the stream, statuses say it. */
const EXCEPTIONS: Record<ErrorKind, string> = {
  bad_request: 'validationException',
  wrong_key: 'accessDeniedException',
  no_money: 'accessDeniedException',
  forbidden: 'accessDeniedException',
  unknown_model: 'resourceNotFoundException',
  too_large: 'validationException',
  rate_limited: 'throttlingException',
  server_error: 'internalServerException',
  overloaded: 'serviceUnavailableException',
  spend_limit: 'throttlingException',
};

/** The events of the Messages API in Amazon's event stream, as Bedrock sends them. */
export const bedrockFixture: WireFixture = {
  ...anthropicFixture,
  name: 'bedrock',
  model: 'anthropic.claude-sonnet-5-5',
  repliesAs: 'claude-sonnet-5-5',
  create: ({ url, apiKey = 'x', timings = {} }) =>
    createBedrockProvider({ region: 'eu-central-1', baseUrl: url, apiKey, timings }),
  contentType: 'application/vnd.amazon.eventstream',
  encode: toEventStream,
  isVariant: true,
  wholeAt: (stream) => toEventStream(stream).length,
  answeredAt: (stream) => toEventStream(stream).length,
  nonsense: sse({ type: 'message_start' }, 'message_start'),
  errorBody: (kind) => ({ message: anthropicFixture.errorMessage(kind) }),
  errorEvent: (kind) => sse({ message: anthropicFixture.errorMessage(kind) }, `exception:${EXCEPTIONS[kind]}`),
  unsaid: ['spend_limit'],
};
