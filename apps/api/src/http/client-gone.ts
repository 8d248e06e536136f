/** The client closed the connection before it was answered; there is nobody left to tell. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';

  constructor() {
    super('the client left before it had sent the whole request');
  }
}
