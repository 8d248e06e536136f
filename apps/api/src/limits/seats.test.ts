import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createSeats } from './seats.ts';

const newAnswer = () => new ServerResponse(new IncomingMessage(new Socket()));
const problem = (code: string) => expect.objectContaining({ code });

describe('seats', () => {
  it('are so many for a key, and so many in all, and free again when an answer is done with', () => {
    const seats = createSeats({ perKey: 2, perAccount: 2, inAll: 3 });
    const [one, other] = [
      { keyId: 'key_1', accountId: 'acc_1' },
      { keyId: 'key_2', accountId: 'acc_2' },
    ];
    const first = newAnswer();
    seats.take(one, first);
    seats.take(one, newAnswer());
    expect(() => seats.take(one, newAnswer())).toThrow(problem('too_many_streams'));
    seats.take(other, newAnswer());
    expect(() => seats.take(other, newAnswer())).toThrow(problem('overloaded'));
    first.emit('close');
    expect(seats.taken).toBe(2);
    seats.take(one, newAnswer());
    expect(seats.taken).toBe(3);
  });

  it('are no more for an account that has many keys, which leaves the others to other accounts', () => {
    const seats = createSeats({ perKey: 2, perAccount: 3, inAll: 6 });
    const take = (keyId: string, accountId: string) => {
      const answer = newAnswer();
      seats.take({ keyId, accountId }, answer);
      return answer;
    };
    const first = take('key_1', 'acc_1');
    take('key_2', 'acc_1');
    take('key_3', 'acc_1');
    expect(() => take('key_4', 'acc_1')).toThrow(problem('too_many_streams'));
    take('key_5', 'acc_2');
    first.emit('close');
    take('key_4', 'acc_1');
    expect(() => take('key_1', 'acc_1')).toThrow(problem('too_many_streams'));
  });

  it('are not taken for whoever has left already', () => {
    const seats = createSeats({ perKey: 1, perAccount: 1, inAll: 1 });
    const gone = newAnswer();
    gone.destroy();
    seats.take({ keyId: 'key_1', accountId: 'acc_1' }, gone);
    expect(seats.taken).toBe(0);
  });
});
