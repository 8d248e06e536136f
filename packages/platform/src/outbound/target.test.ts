import { describe, expect, it } from 'vitest';
import { OutboundRefusedError } from './errors.ts';
import { parseTarget } from './target.ts';

const strict = {
  allowHttp: false,
  allowLoopbackPorts: new Set<number>(),
  allowOrigins: new Set<string>(),
  ports: new Set([443, 80, 8443]),
};
const withHttp = { ...strict, allowHttp: true };

function reasonOf(url: string, policy = withHttp): string {
  try {
    parseTarget(url, policy);
    return 'allowed';
  } catch (error) {
    if (error instanceof OutboundRefusedError) return error.reason;
    throw error;
  }
}

const LOOPBACK_SPELLINGS = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f.1',
  '0x7f000001',
  '0X7F.0.0.1',
  '0177.0.0.1',
  '017700000001',
  '127.0.0.1.',
  '127.0.0.2',
  '127.255.255.254',
  '0',
  '0.0.0.0',
  '00000000',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '１２７.0.0.1',
  '%31%32%37.0.0.1',
  '127%2e0%2e0%2e1',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001::7f00:1]',
];

const METADATA_SPELLINGS = [
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '0xa9.0xfe.0xa9.0xfe',
  '0251.0376.0251.0376',
  '169.254.43518',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[fd00:ec2::254]',
  '169.254.170.2',
  '169.254.170.23',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
];

describe('a target', () => {
  it.each([
    ...LOOPBACK_SPELLINGS,
    ...METADATA_SPELLINGS,
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '[fe80::1]',
    '[fc00::1]',
  ])('is not the address %s', (host) => {
    expect(reasonOf(`http://${host}/`)).toBe('address');
    expect(reasonOf(`https://${host}:8443/hook`)).toBe('address');
  });

  it.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'a.localhost.',
    'redis',
    'redis.',
    'printer.local',
    'metadata.google.internal',
    'metadata.google.internal.',
    'x.internal',
    'router.home.arpa',
    'api.default.svc',
    'api.default.svc.',
    'api.default.svc.cluster.local',
    'cluster.local',
    'localhost.localdomain',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
    'lo%63alhost',
    'a..example.com',
    'example.com..',
    `${'a'.repeat(64)}.example.com`,
    `${'a.'.repeat(130)}com`,
    'ex*mple.com',
  ])('is not the host %s', (host) => {
    expect(reasonOf(`http://${host}/`)).toMatch(/^(?:host|url)$/);
  });

  it.each([
    'file:///etc/passwd',
    'ftp://example.com/',
    'gopher://example.com/',
    'data:text/plain,x',
    'javascript:alert(1)',
    'unix:///var/run/docker.sock',
    'ws://example.com/',
    'blob:https://example.com/x',
  ])('does not have the scheme of %s', (url) => {
    expect(reasonOf(url)).toBe('scheme');
  });

  it.each([
    ['', 'url'],
    ['example.com', 'url'],
    ['//example.com/', 'url'],
    ['/path', 'url'],
    ['http://', 'url'],
    ['http:example.com', 'url'],
    ['http:/example.com', 'url'],
    ['http:///example.com', 'url'],
    ['http:127.0.0.1', 'address'],
    ['http:///127.0.0.1', 'address'],
    ['http://127.0.0.1:80\\@example.com/', 'url'],
    ['http://example.com\\@127.0.0.1/', 'url'],
    ['http://1.1.1.1 &@127.0.0.1# @3.3.3.3/', 'url'],
    [' http://example.com/', 'url'],
    ['http://example.com/\r\nHost: x', 'url'],
    ['http://exam\tple.com/', 'url'],
    ['http://example.com/\u0000', 'url'],
    ['http://example.com:99999/', 'url'],
    ['http://[::1', 'url'],
    [`https://example.com/${'a'.repeat(8_200)}`, 'url'],
    ['http://user@example.com/', 'credentials'],
    ['http://user:pass@example.com/', 'credentials'],
    ['http://:pass@example.com/', 'credentials'],
    ['http://example.com@127.0.0.1/', 'credentials'],
    ['http://127.0.0.1@example.com/', 'credentials'],
    ['http://example.com#@127.0.0.1/', 'allowed'],
    ['http://127.0.0.1#@example.com/', 'address'],
    ['http://127.0.0.1?@example.com/', 'address'],
    ['http://example.com:22/', 'port'],
    ['http://example.com:6379/', 'port'],
    ['http://example.com:0/', 'port'],
    ['http://example.com:080/', 'allowed'],
  ])('read from %s is judged: %s', (url, reason) => {
    expect(reasonOf(url)).toBe(reason);
  });

  it.each([
    'https://example.com/',
    'https://EXAMPLE.com:8443/hook?x=1',
    'https://bücher.example.com/',
    'https://8.8.8.8/',
    'https://example.com./',
    'https://[2606:4700::1111]/',
  ])('may be %s', (url) => {
    expect(reasonOf(url, strict)).toBe('allowed');
  });

  it('needs https, unless http is allowed', () => {
    expect(reasonOf('http://example.com/', strict)).toBe('scheme');
    expect(reasonOf('http://example.com/', withHttp)).toBe('allowed');
  });

  describe('where one local port is open', () => {
    const local = { ...strict, allowLoopbackPorts: new Set([4_567]) };

    it.each(['http://127.0.0.1:4567/', 'https://127.0.0.1:4567/', 'http://localhost:4567/x', 'http://[::1]:4567/'])(
      'may be %s',
      (url) => {
        expect(reasonOf(url, local)).toBe('allowed');
      },
    );

    it.each([
      'http://127.0.0.1:4568/',
      'http://127.0.0.1:456/',
      'http://127.0.0.1/',
      'http://localhost/',
      'http://localhost.:4567/',
      'http://a.localhost:4567/',
      'http://127.0.0.2:4567/',
      'http://0.0.0.0:4567/',
      'http://[::]:4567/',
      'http://[::ffff:127.0.0.1]:4567/',
      'http://10.0.0.1:4567/',
      'http://169.254.169.254:4567/',
      'http://example.com:4567/',
      'http://example.com/',
      'http://user@127.0.0.1:4567/',
    ])('is still not %s', (url) => {
      expect(reasonOf(url, local)).not.toBe('allowed');
    });
  });
});
