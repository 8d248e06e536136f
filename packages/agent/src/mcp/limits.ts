/** One message of a server, which is what a call of a tool comes back as. */
export const MESSAGE_MAX_BYTES = 4_194_304;
/** From the start of a server, or the first request to it, until it has told its tools. */
export const CONNECT_MS = 30_000;
/** A call of a tool: the loop gives up on it before. */
export const CALL_MS = 120_000;
