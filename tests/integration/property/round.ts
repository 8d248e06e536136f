import { isDeepStrictEqual } from 'node:util';
import type { AsyncCommand } from 'fast-check';
import { expect } from 'vitest';
import { act } from './act.ts';
import { lookAtModel, lookAtRows, type Sight } from './look.ts';
import type { Draw, Move } from './model/move.ts';
import { type Outcome, play } from './model/play.ts';
import type { Slack } from './model/slack.ts';
import { isSweep } from './model/sweep.ts';
import { missionsOf, type World } from './model/world.ts';
import { settle } from './settle.ts';
import type { Stage } from './stage.ts';

type Made = { move: Move; outcome: Outcome };

/**
 * A command of fast-check: moves made at once, in the database and in the model. It is right when there is an order, one
 * after the other, in which the model gives the same outcomes and ends in the same rows.
 */
export type Round = AsyncCommand<{ world: World }, Stage>;

export function createRound(draws: readonly Draw[]): Round {
  return {
    check: ({ world }) => settle(draws, world).length > 0,
    async run(model, stage) {
      const moves = settle(draws, model.world);
      const made = await Promise.all(moves.map(async (move) => ({ move, outcome: await act(stage, move) })));
      for (const { move, outcome } of made) stage.tally.count(move, outcome);
      const after = await lookAtRows(stage);
      model.world = made.length === 1 ? playAlone(model.world, made, after) : playSome(model.world, made, after);
      expect(new Set(stage.bells).size, `the numbers of the bells ${stage.bells.join(', ')}`).toBe(stage.bells.length);
    },
    toString: () => draws.map((one) => JSON.stringify(one)).join(' beside '),
  };
}

function playAlone(before: World, made: readonly Made[], after: Sight): World {
  const world = structuredClone(before);
  for (const { move, outcome } of made) {
    expect({ move, outcome }).toEqual({
      move,
      outcome: play(world, move, slackOf({ before, made }, { move, outcome })),
    });
  }
  expect(after).toEqual(lookAtModel(world));
  return world;
}

function playSome(before: World, made: readonly Made[], after: Sight): World {
  for (const passesBy of [false, true]) {
    for (const order of ordersOf(made)) {
      const world = structuredClone(before);
      const fits = order.every((one) =>
        isDeepStrictEqual(play(world, one.move, { ...slackOf({ before, made }, one), passesBy }), one.outcome),
      );
      if (fits && isDeepStrictEqual(lookAtModel(world), after)) return world;
    }
  }
  const facts = JSON.stringify({ before, made, after }, null, 1);
  throw new Error(`no order of these moves explains what came of them: ${facts}`);
}

function slackOf({ before, made }: { before: World; made: readonly Made[] }, { move, outcome }: Made): Slack {
  const others = made.filter((other) => other.move !== move).map((other) => other.move);
  const touched = others.flatMap((other) => {
    if (isSweep(other)) return missionsOf(before).map(([number]) => number);
    return 'mission' in other ? familyOf(before, other.mission) : [];
  });
  return {
    isAlone: others.length === 0,
    touched: new Set(touched),
    told: toldIn(outcome),
    outcome,
    passesBy: false,
  };
}

/** Whom a mission's end may concern. */
function familyOf(world: World, number: number): number[] {
  const mission = world.missions[number];
  return mission
    ? [number, ...(mission.parent === null ? [] : [mission.parent]), ...Object.values(mission.children)]
    : [];
}

/** The names of what came back and is not false; of lists, what is in them. */
function toldIn(outcome: Outcome): Set<string> {
  const fields = Object(outcome) === outcome ? Object.entries(outcome as object) : [];
  return new Set(
    fields.flatMap(([name, value]) => {
      if (Array.isArray(value)) return value.map(String);
      return value === false ? [] : name;
    }),
  );
}

function* ordersOf<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const [index, item] of items.entries()) {
    for (const rest of ordersOf(items.toSpliced(index, 1))) yield [item, ...rest];
  }
}
