import {
  type AskedTools,
  DEFAULT_TOOL_NAMES,
  type DeclaredTool,
  declaredIn,
  isToolNamed,
  nameOfTool,
  SIM_TOOL_NAME,
  TOOL_NAMES,
} from '@flotilla/core';
import { ProblemError } from '../problem.ts';
import { LOAD_MODEL } from './check-names.ts';

/** The tools of a role, and those of them that it brings along. */
export type ChosenTools = { tools: string[]; declaredTools?: DeclaredTool[] };

export type ToolChoice = {
  model: string;
  /** Those that were asked for; `undefined`: the model's default ones. */
  asked: AskedTools | undefined;
  /** Declared elsewhere, so that naming them is enough. */
  declared?: readonly DeclaredTool[] | undefined;
  /** The deployment's own that its workers have. */
  fleetTools: ReadonlySet<string>;
  /** Where they were asked for, as a JSON pointer. */
  path: string;
};

/**
 * The tools that a role is given.
 * @throws {ProblemError} `unknown_tool`
 */
export function chooseTools({ model, asked, declared = [], fleetTools, path }: ToolChoice): ChosenTools {
  const ofModel = model === LOAD_MODEL ? [SIM_TOOL_NAME] : [];
  if (asked === undefined) return { tools: [...DEFAULT_TOOL_NAMES, ...ofModel] };
  const own = new Map([...declared, ...declaredIn(asked).map(([, tool]) => tool)].map((tool) => [tool.name, tool]));
  const known = [...new Set([...TOOL_NAMES, ...ofModel, ...fleetTools, ...own.keys()])];
  const errors = asked.flatMap((tool, index) =>
    isToolNamed(known, nameOfTool(tool)) ? [] : [{ path: `${path}/${index}`, message: `is not a tool of ${model}` }],
  );
  if (errors.length > 0) {
    throw new ProblemError('unknown_tool', `Name only these tools: ${known.join(', ')}.`, {
      errors,
      members: { allowed: known },
    });
  }
  const tools = [...new Set(asked.map(nameOfTool))];
  const declaredTools = [...own.values()].filter(({ name }) => tools.some((tool) => isToolNamed([name], tool)));
  return declaredTools.length > 0 ? { tools, declaredTools } : { tools };
}
