import { format } from 'winston';
import type { Redactor } from '../redaction/redactor.ts';
import { jsonLine, prettyLine } from './line.ts';
import { type PlainObject, toPlainObject } from './plain-value.ts';

/** Where winston looks for the finished line (the package triple-beam names it so). */
const MESSAGE = Symbol.for('message');

/** Replaces message and fields by copies without secrets, before anything else sees them. */
export function redaction(redactor: Redactor) {
  return format((info) => {
    info.message = redactor.text(String(info.message));
    const { fields } = info;
    info['fields'] = typeof fields === 'object' && fields !== null ? toPlainObject(fields, redactor.text) : {};
    return info;
  })();
}

/** Turns the redacted entry into its line. */
export function rendering(kind: 'json' | 'pretty') {
  const render = kind === 'json' ? jsonLine : prettyLine;
  return format((info) => {
    const entry = { at: String(info['at']), service: String(info['service']), fields: asPlain(info['fields']) };
    info[MESSAGE] = render({ ...entry, level: info.level, message: String(info.message) });
    return info;
  })();
}

function asPlain(fields: unknown): PlainObject {
  return isPlain(fields) ? fields : {};
}

/** True by construction: {@link redaction} runs first and leaves nothing else. */
function isPlain(fields: unknown): fields is PlainObject {
  return typeof fields === 'object' && fields !== null;
}
