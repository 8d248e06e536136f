/** One message of a server, which is what a call of a tool comes back as. */
export const MESSAGE_MAX_BYTES = 4_194_304;
/** From the start of a server, or the first request to it, until it has told its tools. */
export const CONNECT_MS = 30_000;
/** A program that has not answered a call is asked whether it is still there, and is given up when it does not say so. */
export const PING_MS = 30_000;
/** What the end of a session over HTTP may take; a server that is not told forgets it by itself. */
export const END_SESSION_MS = 2_000;
/** A call of a tool: the loop gives up on it before. */
export const CALL_MS = 120_000;
