import type { AppControllerRoute, AppViewRoute, BullBoardRequest, IServerAdapter } from '@bull-board/api/typings/app';
import type { Queue as BullQueue } from 'bullmq';
import { type Channel, queueNameOf } from '../bell-job.ts';
import { within } from '../within.ts';
import { matchPath } from './match-path.ts';
import { createUiFiles, type UiFiles } from './ui-files.ts';

export type BoardReply = { status: number; contentType: string; body: string | Buffer };

export type BoardOptions = {
  /** Where it is, without a slash at its end. */
  basePath: string;
  /** The queues that there are now; they are asked for again with every look. */
  channels(): Promise<readonly Channel[]>;
};

/** `null`: there is nothing at this path. */
export type Board = { get(path: string, query: URLSearchParams): Promise<BoardReply | null> };

const JSON_TYPE = 'application/json';
const PATIENCE_MS = 5_000;

/**
 * bull-board over the queues of this system, on either backend, for looking only: of its routes those that change
 * something are left out. What a bell is about is Postgres' to say; operators' switches are elsewhere.
 *
 * Loaded with the first look: it brings a BullMQ of its own, and most processes are never looked at.
 */
export function createBoard(
  { basePath, channels }: BoardOptions,
  { bullOf }: { bullOf(channel: Channel): Promise<unknown> },
): Board {
  let opening: Promise<OpenBoard> | undefined;

  return {
    async get(path, query) {
      if (path !== basePath && !path.startsWith(`${basePath}/`)) return null;
      opening ??= openBoard(basePath);
      const board = await opening;
      const rest = path.slice(basePath.length) || '/';
      const file = await board.files.read(rest);
      if (file) return { status: 200, ...file };
      if (matchPath(board.entry.route, rest)) {
        const { params } = board.entry.handler({ basePath, uiConfig: board.uiConfig });
        return { status: 200, contentType: 'text/html; charset=utf-8', body: await board.files.page(params) };
      }
      for (const { route, handler } of board.reads) {
        const params = matchPath(route, rest);
        if (!params) continue;
        await board.show(await channels(), bullOf);
        const reply = await within(board.ask(handler, { params, query }), PATIENCE_MS, 'asking the queues');
        return { status: reply.status ?? 200, contentType: JSON_TYPE, body: JSON.stringify(reply.body) };
      }
      return null;
    },
  };
}

type Handler = AppControllerRoute['handler'];
type Asked = { params: Record<string, string>; query: URLSearchParams };

type OpenBoard = {
  entry: AppViewRoute;
  reads: readonly AppControllerRoute[];
  uiConfig: BullBoardRequest['uiConfig'];
  files: UiFiles;
  show(channels: readonly Channel[], bullOf: (channel: Channel) => Promise<unknown>): Promise<void>;
  ask(handler: Handler, asked: Asked): Promise<Awaited<ReturnType<Handler>>>;
};

async function openBoard(basePath: string): Promise<OpenBoard> {
  const [{ createBullBoard }, { BullMQAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
  ]);
  const files = createUiFiles();
  const { adapter, kept } = keepRoutes();
  const { replaceQueues } = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: { uiBasePath: files.folder, uiConfig: { boardTitle: 'Flotilla’s queues', hideDocsLink: true } },
  });
  const { entry, queues, onError, uiConfig = {} } = kept;
  if (!entry || !queues || !onError) throw new Error(`bull-board did not say what there is at ${basePath}`);
  const shown = new Map<string, InstanceType<typeof BullMQAdapter>>();
  return {
    entry,
    reads: (kept.api ?? []).filter(({ method }) => method === 'get'),
    uiConfig,
    files,
    async show(channels, bullOf) {
      for (const channel of channels) {
        const name = queueNameOf(channel);
        if (shown.has(name)) continue;
        const bull = await bullOf(channel);
        if (isBull(bull)) shown.set(name, new BullMQAdapter(bull, { readOnlyMode: true }));
      }
      replaceQueues([...shown.values()]);
    },
    async ask(handler, { params, query }) {
      const request = { queues, uiConfig, params, query: Object.fromEntries(query), body: {}, headers: {} };
      try {
        return await handler(request);
      } catch (error) {
        return onError(error instanceof Error ? error : new Error(String(error)));
      }
    },
  };
}

type Kept = {
  entry?: AppViewRoute;
  api?: AppControllerRoute[];
  queues?: BullBoardRequest['queues'];
  uiConfig?: BullBoardRequest['uiConfig'];
  onError?: Parameters<IServerAdapter['setErrorHandler']>[0];
};

/** What bull-board takes for a web framework: it keeps what it is told. */
function keepRoutes(): { adapter: IServerAdapter; kept: Kept } {
  const kept: Kept = {};
  const keep = (part: Kept): IServerAdapter => {
    Object.assign(kept, part);
    return adapter;
  };
  const adapter: IServerAdapter = {
    setQueues: (queues) => keep({ queues }),
    setUIConfig: (uiConfig) => keep({ uiConfig }),
    setEntryRoute: (entry) => keep({ entry }),
    setApiRoutes: (api) => keep({ api }),
    setErrorHandler: (onError) => keep({ onError }),
    setViewsPath: () => adapter,
    setStaticPath: () => adapter,
  };
  return { adapter, kept };
}

/** Its type parameters differ from backend to backend; what is read of it does not. */
function isBull(queue: unknown): queue is BullQueue {
  return typeof queue === 'object' && queue !== null && 'getJobCounts' in queue;
}
