import { describe, expect, it } from 'vitest';
import { addressOf, networkOf } from './address-of.ts';

function from(socketAddress: string, ...forwarded: string[]) {
  const headersDistinct: NodeJS.Dict<string[]> = forwarded.length > 0 ? { 'x-forwarded-for': forwarded } : {};
  const socket = Object.assign(Object.create(null), { remoteAddress: socketAddress });
  return { headersDistinct, socket };
}

describe('addressOf', () => {
  it('believes nobody when there is no proxy of ours', () => {
    expect(addressOf(from('192.0.2.1', '10.0.0.1'), 0)).toBe('192.0.2.1');
  });

  it.each([
    ['198.51.100.7'],
    ['127.0.0.1, 198.51.100.7'],
    ['1.1.1.1, 2.2.2.2, 3.3.3.3,198.51.100.7'],
    ['not an address, 198.51.100.7'],
  ])('takes what our one proxy saw, whatever the client wrote before it: %s', (header) => {
    expect(addressOf(from('10.0.0.1', header), 1)).toBe('198.51.100.7');
  });

  it('takes what the first of two proxies saw, and reads several headers as one', () => {
    expect(addressOf(from('10.0.0.2', '6.6.6.6, 198.51.100.7, 10.0.0.1'), 2)).toBe('198.51.100.7');
    expect(addressOf(from('10.0.0.2', '6.6.6.6', '198.51.100.7, 10.0.0.1'), 2)).toBe('198.51.100.7');
  });

  it('takes the connection’s own address where it did not come through all proxies, or the entry is none', () => {
    expect(addressOf(from('10.0.0.2', '6.6.6.6'), 2)).toBe('10.0.0.2');
    expect(addressOf(from('10.0.0.2'), 1)).toBe('10.0.0.2');
    expect(addressOf(from('10.0.0.2', 'unknown'), 1)).toBe('10.0.0.2');
    expect(addressOf(from('10.0.0.2', ''), 1)).toBe('10.0.0.2');
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
