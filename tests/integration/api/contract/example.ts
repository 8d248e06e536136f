import type { RequestCode } from '@flotilla/core';
import type { World } from './world.ts';

/** A request, and what it is to be answered: a status, or the code of a problem. */
export type Example = {
  answers: number | RequestCode;
  params?: Record<string, string>;
  /** As it stands after the `?`. */
  query?: string;
  body?: unknown;
  headers?: Record<string, string>;
  key?: string;
};

/** By method and address, such as `GET /v1/missions/{missionId}`. */
export type Examples = Readonly<Record<string, (world: World) => Example[] | Promise<Example[]>>>;
