import type { ChildOptions } from '../child/children.ts';
import { createPython } from '../python/python.ts';
import { createSandbox } from '../sandbox/sandbox.ts';
import { createShell } from '../shell/shell.ts';
import type { Tool } from '../tool.ts';
import type { Workspace } from '../workspace.ts';
import { askUser } from './ask-user.ts';
import { calculator } from './calculator/calculator.ts';
import { createCurrentTime } from './current-time.ts';
import { createFileTools } from './files/create-file-tools.ts';
import type { GuardedFetch } from './http-fetch/http-fetch.ts';
import { createHttpFetch } from './http-fetch/http-fetch.ts';
import { createJavascript } from './javascript.ts';
import { createLlm } from './llm.ts';
import type { MemoryStore } from './memory.ts';
import { createMemoryTools } from './memory.ts';
import type { PlanStore } from './plan.ts';
import { createPlanTools } from './plan.ts';
import { createPythonTool } from './python.ts';
import type { OutputStore } from './read-output.ts';
import { createReadOutput } from './read-output.ts';
import type { RunMissionDeps } from './run-mission.ts';
import { createRunMission } from './run-mission.ts';
import { createShellTool } from './shell.ts';
import type { WebSearch } from './web-search/web-search.ts';
import { createWebSearch } from './web-search/web-search.ts';

export type ToolDeps = RunMissionDeps & {
  /** Has to be guarded: it is given whatever URL a model names. */
  fetch: GuardedFetch;
  workspace: Workspace;
  plan: PlanStore;
  memory: MemoryStore;
  outputs: OutputStore;
  /** Where the web is searched; `null`: nowhere, and the tool says so. */
  search: WebSearch | null;
  now?: () => Date;
  /** How many children each of the sandboxes may have, and how long each. */
  sandboxes?: { javascript?: ChildOptions; python?: ChildOptions; shell?: ChildOptions };
  /** Tools of the deployment's own, by `defineTool` and `defineParkingTool`. One that bears a built-in tool's name takes its place. */
  extra?: readonly Tool[];
};

/** The built-in tools by name, and whatever is added to them. */
export function createTools(deps: ToolDeps): ReadonlyMap<string, Tool> {
  const { fetch, isModelAllowed, workspace, plan, memory, outputs, search, now, sandboxes = {}, extra = [] } = deps;
  const tools = [
    calculator,
    createCurrentTime(now ? { now } : {}),
    createHttpFetch({ fetch }),
    createJavascript({ sandbox: createSandbox(sandboxes.javascript) }),
    createPythonTool({ python: createPython(sandboxes.python) }),
    ...createFileTools({ workspace }),
    ...createPlanTools({ plan }),
    ...createMemoryTools({ memory }),
    createReadOutput({ outputs }),
    createWebSearch({ search }),
    createShellTool({ shell: createShell(sandboxes.shell), workspace }),
    askUser,
    createRunMission({ isModelAllowed }),
    createLlm({ isModelAllowed }),
    ...extra,
  ];
  return new Map(tools.map((tool) => [tool.name, tool]));
}
