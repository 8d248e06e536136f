import { connect } from 'node:net';

const ANSWER_WITHIN_MS = 1_000;

/**
 * Asks the server on this port for its pid, in Redis' own protocol: two commands do not need a client library.
 * @returns undefined when there is none, it does not know the password, or is still loading
 */
export const askProcessId = (port: number, password: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: ANSWER_WITHIN_MS });
    let answer = '';
    const settle = (): void => {
      socket.destroy();
      const pid = /^process_id:(\d+)\r$/m.exec(answer)?.[1];
      resolve(pid === undefined ? undefined : Number(pid));
    };
    socket.setEncoding('utf8');
    socket.once('connect', () => socket.write(`AUTH ${password}\r\nINFO server\r\n`));
    socket.on('data', (chunk: string) => {
      answer += chunk;
      if (answer.startsWith('-') || answer.includes('process_id:')) settle();
    });
    for (const event of ['error', 'timeout', 'close']) socket.once(event, settle);
  });
