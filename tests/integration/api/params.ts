import { createId } from '@flotilla/core';

/** What may stand for each parameter of a path, of things that there are not. A new kind of parameter is added here. */
export function unknownParams(): Record<string, string> {
  return {
    missionId: createId('mission'),
    sessionId: createId('session'),
    keyId: createId('apiKey'),
    endpointId: createId('endpoint'),
    deliveryId: createId('delivery'),
    name: 'nobody',
    askId: createId('answer'),
    path: 'a.txt',
    step: '1',
    call: '0',
  };
}
