import { SCOPES } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { readCommandLine, UsageError } from './command-line.ts';

const read = (line: string) => readCommandLine(line.split(' ').filter((word) => word !== ''));

describe('readCommandLine', () => {
  it.each(['', 'help', '--help', '-h', 'migrate --help', 'create-key -h'])('shows help for "%s"', (line) => {
    expect(read(line)).toEqual({ kind: 'help' });
  });

  it('gives a tier its numbers of running and queued missions unless told otherwise', () => {
    const account = { kind: 'create-account', json: false, name: 'acme' };
    expect(read('create-account --name acme')).toEqual({
      ...account,
      tier: 'free',
      maxRunning: 1,
      maxQueued: 10_000,
    });
    expect(read('create-account --name acme --tier paid')).toEqual({
      ...account,
      tier: 'paid',
      maxRunning: 10,
      maxQueued: 100_000,
    });
    expect(read('create-account --name acme --tier=paid --max-running=300')).toMatchObject({ maxRunning: 300 });
    expect(read('create-account --name acme --max-queued 50')).toMatchObject({ maxQueued: 50 });
  });

  it('changes those limits of an account that are given', () => {
    const limits = { kind: 'set-limits', json: false, account: 'acme', maxRunning: null, maxQueued: null };
    expect(read('set-limits --account acme --max-running 20')).toEqual({ ...limits, maxRunning: 20 });
    expect(read('set-limits --account acme --max-queued 5')).toEqual({ ...limits, maxQueued: 5 });
  });

  it('gives a key every scope unless told otherwise', () => {
    const key = { kind: 'create-key', json: true, account: 'acme', name: 'default' };
    expect(read('create-key --account acme --json')).toEqual({ ...key, scopes: [...SCOPES] });
    expect(read('create-key --account acme --json --scopes missions:read')).toEqual({
      ...key,
      scopes: ['missions:read'],
    });
  });

  it('takes a name for a pool that a queue can be named after', () => {
    expect(read('create-pool --name gpu-2')).toEqual({ kind: 'create-pool', json: false, name: 'gpu-2' });
    expect(read('list-pools --json')).toEqual({ kind: 'list-pools', json: true });
  });

  it('seals secrets anew, and asks for nothing more', () => {
    expect(read('reseal')).toEqual({ kind: 'reseal', json: false });
    expect(() => read('reseal --account acme')).toThrow(UsageError);
  });

  it.each([
    ['drop-everything', 'there is no command "drop-everything"'],
    ['constructor', 'there is no command "constructor"'],
    ['create-account', '--name is needed'],
    ['create-account --name acc_1', 'must not look like an id'],
    ['create-account --name acme --tier gold', '--tier must be free or paid'],
    ['create-account --name acme --max-running 0', '--max-running must be'],
    ['create-account --name acme --max-running 1e9', '--max-running must be'],
    ['create-account --name acme --max-queued 0', '--max-queued must be'],
    ['set-limits --account acme', '--max-running or --max-queued is needed'],
    ['set-limits --max-running 3', '--account is needed'],
    ['create-pool', '--name is needed'],
    ['create-pool --name GPU', '--name is needed'],
    ['create-pool --name a:b', '--name is needed'],
    ['create-account --naem acme', "Unknown option '--naem'"],
    ['create-account acme', 'Unexpected argument'],
    ['create-key', '--account is needed'],
    ['create-key --account acme --scopes everything', '--scopes must be some of'],
    ['create-key --account acme --scopes missions:read,', '--scopes must be some of'],
  ])('says what is wrong with "%s"', (line, message) => {
    expect(() => read(line)).toThrow(UsageError);
    expect(() => read(line)).toThrow(message);
  });
});
