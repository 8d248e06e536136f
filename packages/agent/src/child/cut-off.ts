import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

/** What Node offers a script that got hold of its globals, and no sandbox needs. */
const GLOBALS = ['fetch', 'WebSocket', 'EventSource', 'BroadcastChannel', 'navigator', 'require'];

/**
 * For child processes: takes away what Node's permissions leave open, the network and signals to other processes, so
 * that whoever breaks out of the VM finds no way further.
 */
export function cutOff(): void {
  const refuse = () => {
    throw new Error('this process is cut off');
  };
  for (const name of GLOBALS) Reflect.deleteProperty(globalThis, name);
  for (const object of [net.Socket.prototype, net.Server.prototype, dgram.Socket.prototype]) {
    for (const name of ['connect', 'listen', 'bind', 'send']) {
      if (name in object) Reflect.set(object, name, refuse);
    }
  }
  for (const module of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
    for (const name of Object.getOwnPropertyNames(module)) {
      if (/^(?:lookup|resolve|reverse)/.test(name)) Reflect.set(module, name, refuse);
    }
  }
  for (const name of ['kill', 'abort', 'dlopen', 'binding', '_linkedBinding', 'getBuiltinModule']) {
    Reflect.set(process, name, refuse);
  }
  syncBuiltinESMExports();
}
