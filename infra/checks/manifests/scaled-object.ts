import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import type { Validate } from './validate.ts';

/**
 * KEDA's models keep their generated validator to themselves: it is asked through the model's own method, with the value
 * itself in the model's place, so that it can still be seen which fields were looked at.
 */
export const validateScaledObject: Validate & { errors?: unknown } = (value) => {
  validateScaledObject.errors = undefined;
  try {
    ScaledObject.prototype.validate.call(value);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'errors' in error)) throw error;
    validateScaledObject.errors = error.errors;
    return false;
  }
};
