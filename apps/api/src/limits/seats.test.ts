import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createSeats } from './seats.ts';

const newAnswer = () => new ServerResponse(new IncomingMessage(new Socket()));

describe('seats', () => {
  it('are so many for a key, and so many in all, and free again when an answer is done with', () => {
    const seats = createSeats({ perKey: 2, inAll: 3 });
    const first = newAnswer();
    seats.take('key_1', first);
    seats.take('key_1', newAnswer());
    expect(() => seats.take('key_1', newAnswer())).toThrow(expect.objectContaining({ code: 'too_many_streams' }));
    seats.take('key_2', newAnswer());
    expect(() => seats.take('key_2', newAnswer())).toThrow(expect.objectContaining({ code: 'overloaded' }));
    first.emit('close');
    expect(seats.taken).toBe(2);
    seats.take('key_1', newAnswer());
    expect(seats.taken).toBe(3);
  });

  it('are not taken for whoever has left already', () => {
    const seats = createSeats({ perKey: 1, inAll: 1 });
    const gone = newAnswer();
    gone.destroy();
    seats.take('key_1', gone);
    expect(seats.taken).toBe(0);
  });
});
