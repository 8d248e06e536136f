/** One thing to be done, of a mission's or a session's plan. */
export type PlanItem = { text: string; done: boolean };

/** One thing that a session remembers. */
export type Memory = { key: string; content: string };
