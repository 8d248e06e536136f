import { describe, expect, it } from 'vitest';
import { isPublicAddress } from './address.ts';

/** Every block of the IANA special-purpose registries by its first and last address. */
const EDGES_V4 = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '239.255.255.255'],
  ['240.0.0.0', '255.255.255.255'],
];

describe('a public address', () => {
  it.each(EDGES_V4)('is not %s, nor %s', (first, last) => {
    for (const address of [first, last]) {
      expect(isPublicAddress(address)).toBe(false);
      expect(isPublicAddress(`::ffff:${address}`)).toBe(false);
      expect(isPublicAddress(`::${address}`)).toBe(false);
      expect(isPublicAddress(`64:ff9b::${address}`)).toBe(false);
    }
  });

  it.each([
    ['loopback', '::1'],
    ['unspecified', '::'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fdff:ffff::1'],
    ['AWS metadata', 'fd00:ec2::254'],
    ['GCP metadata', 'fd20:ce::254'],
    ['link local', 'fe80::1'],
    ['link local with a zone', 'fe80::1%eth0'],
    ['site local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['v4-mapped in hex', '::ffff:7f00:1'],
    ['v4-translated (SIIT)', '::ffff:0:127.0.0.1'],
    ['NAT64 of a private address', '64:ff9b::7f00:1'],
    ['NAT64 of a public address', '64:ff9b::808:808'],
    ['local NAT64', '64:ff9b:1::7f00:1'],
    ['6to4 of loopback', '2002:7f00:1::'],
    ['6to4 of a public address', '2002:808:808::1'],
    ['Teredo', '2001::1'],
    ['Teredo', '2001:0:7f00:1::'],
    ['IETF assignments', '2001:1ff:ffff::1'],
    ['benchmarking', '2001:2::1'],
    ['ORCHID', '2001:10::1'],
    ['ORCHIDv2', '2001:20::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['documentation', '3fff:fff:ffff::1'],
    ['discard only', '100::1'],
    ['segment routing', '5f00::1'],
    ['not yet given out', '4000::1'],
    ['not yet given out', '1::1'],
    ['Azure wire server', '168.63.129.16'],
    ['Azure wire server, mapped', '::ffff:168.63.129.16'],
    ['Oracle metadata', '192.0.0.192'],
    ['Alibaba metadata', '100.100.100.200'],
    ['ECS metadata', '169.254.170.2'],
    ['an address of two parts', '127.1'],
    ['an address as one number', '2130706433'],
    ['an octal address', '0177.0.0.1'],
    ['a public address with leading zeros', '010.8.8.8'],
    ['a name', 'example.com'],
    ['nothing', ''],
  ])('is not %s: %s', (_what, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '223.255.255.255',
    '168.63.129.15',
    '::ffff:8.8.8.8',
    '2606:4700::1111',
    '2001:4860:4860::8888',
    '2a00:1450::1',
    '3fff:1000::1',
  ])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});
