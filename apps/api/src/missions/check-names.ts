import { isModelAllowed, type ModelOptions, parseModelRef } from '@flotilla/core';
import { invalidRequest } from '../http/input.ts';
import { ProblemError } from '../problem.ts';

/** The simulator for load and failure tests; the one model that takes options of its own, and its own tool. */
export const LOAD_MODEL = 'sim/load';

/** @throws {ProblemError} `unknown_model`, at the JSON pointer `path` */
export function checkModel(model: string, allowed: readonly string[], path: string): void {
  if (parseModelRef(model) && isModelAllowed(model, allowed)) return;
  throw new ProblemError('unknown_model', `Name one of these models: ${allowed.join(', ')}.`, {
    errors: [{ path, message: 'is not a model that may be used here' }],
    members: { allowed },
  });
}

/** @throws {ProblemError} `invalid_request`, when there are options that none of the models would understand */
export function checkModelOptions(models: readonly string[], options: object): void {
  if (models.includes(LOAD_MODEL)) return;
  const strange = Object.keys(options).filter((name) => !isForAnyModel(name));
  if (strange.length === 0) return;
  throw invalidRequest(
    strange.map((name) => ({ path: `/modelOptions/${name}`, message: `is only for the model ${LOAD_MODEL}` })),
  );
}

/** Those of the options that this model understands. */
export function optionsFor(model: string, options: ModelOptions): ModelOptions {
  if (model === LOAD_MODEL) return options;
  return Object.fromEntries(Object.entries(options).filter(([name]) => isForAnyModel(name)));
}

function isForAnyModel(option: string): boolean {
  return option === 'temperature' || option === 'reasoningEffort';
}
