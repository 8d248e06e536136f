/**
 * What a tool throws where its call broke off so late that it may have had its effect, with what happened, as in "it was
 * called, and then the connection was lost". Of one that is not `idempotent` the model is told that the outcome is unknown.
 */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
}
