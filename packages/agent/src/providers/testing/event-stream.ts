import { crc32 } from 'node:zlib';

/**
 * Server-sent events as Amazon's binary event stream: what has no end yet ends in the middle of its frame.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html (the framing)
 */
export function toEventStream(text: string): Buffer {
  const blocks = text.split('\n\n');
  const rest = blocks.pop() ?? '';
  const frames = blocks.map(toFrame);
  if (rest !== '') frames.push(toFrame(rest).subarray(0, -6));
  return Buffer.concat(frames);
}

/** `event: exception:<type>` stands for what Bedrock says when it breaks down in the middle. */
function toFrame(block: string): Buffer {
  const event = /^event: (.*)$/m.exec(block)?.[1] ?? '';
  const data = /^data: ([\s\S]*)$/m.exec(block)?.[1] ?? '';
  const exception = /^exception:(.*)$/.exec(event)?.[1];
  const json = { ':content-type': 'application/json' };
  if (exception !== undefined) {
    return frame({ ':exception-type': exception, ...json, ':message-type': 'exception' }, data);
  }
  const bytes = Buffer.from(data).toString('base64');
  return frame({ ':event-type': 'chunk', ...json, ':message-type': 'event' }, JSON.stringify({ bytes }));
}

const STRING = 7;

function frame(headers: Record<string, string>, payload: string): Buffer {
  const head = Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [
      Buffer.from([name.length]),
      Buffer.from(name),
      Buffer.from([STRING, value.length >> 8, value.length & 0xff]),
      Buffer.from(value),
    ]),
  );
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(prelude.length + 4 + head.length + body.length + 4, 0);
  prelude.writeUInt32BE(head.length, 4);
  const checked = Buffer.concat([prelude, checksum(prelude), head, body]);
  return Buffer.concat([checked, checksum(checked)]);
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes), 0);
  return sum;
}
