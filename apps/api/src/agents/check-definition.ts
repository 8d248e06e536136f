import { type AgentDefinition, agentDefinitionSchema, nameOfTool } from '@flotilla/core';
import { readInput } from '../http/input.ts';
import { checkModel, checkModelOptions } from '../missions/check-names.ts';
import { chooseTools } from '../missions/choose-tools.ts';
import type { FindFleetTools } from '../missions/fleet-tools.ts';
import type { ModelPolicy } from '../missions/spec.ts';
import type { CheckToolUrls } from '../missions/tool-urls.ts';

export type DefinitionChecks = {
  models: Pick<ModelPolicy, 'allowed'>;
  findFleetTools: FindFleetTools;
  checkToolUrls: CheckToolUrls;
};

/**
 * An agent's definition, whatever door it came through: its form, and every name in it but the pool's.
 * @throws {ProblemError} `invalid_request`, `unknown_model`, `unknown_tool`, `url_not_allowed`
 */
export async function readDefinition(
  body: unknown,
  { models: { allowed }, findFleetTools, checkToolUrls }: DefinitionChecks,
): Promise<AgentDefinition> {
  const definition = readInput(agentDefinitionSchema, body);
  const { model, smallModel, fallbackModels = [], tools, modelOptions = {} } = definition;
  checkModel(model, allowed, '/model');
  if (smallModel !== undefined) checkModel(smallModel, allowed, '/smallModel');
  for (const [index, name] of fallbackModels.entries()) checkModel(name, allowed, `/fallbackModels/${index}`);
  const fleetTools = await findFleetTools((tools ?? []).map(nameOfTool));
  chooseTools({ model, asked: tools, fleetTools, path: '/tools' });
  checkModelOptions([model], modelOptions);
  await checkToolUrls(tools, '/tools');
  return definition;
}
