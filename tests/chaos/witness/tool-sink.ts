import { runWitness } from './witness.ts';

export type SinkRequest = {
  ref: string;
  missionId: string;
  step: number;
  index: number;
  key: string;
  idempotent: boolean;
  worker: string;
  trouble?: string;
};

let blockMs = 0;

/** Stands for whatever tools have their effects on. */
const witness = await runWitness({
  onFaults({ sink }) {
    blockMs = sink?.blockMs ?? 0;
  },
  async handle(_, body, response) {
    const request: SinkRequest = JSON.parse(body);
    witness.note({ kind: 'tool', at: Date.now(), ...request });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ blockMs }));
    blockMs = 0;
  },
});
