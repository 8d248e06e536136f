import { boot } from './boot.ts';
import type { PythonLine, PythonRequest } from './protocol.ts';
import { fieldsOf } from './protocol.ts';

/**
 * Runs inside the interpreter: a script's last expression, as text, or the traceback from its own first line on.
 * Whatever a script does to it spoils at most its own output: the interpreter is used once.
 */
const HARNESS = `
def run(code):
    import json, os, sys, traceback
    dumps = json.dumps
    from pyodide.code import eval_code
    os.environ.pop('_', None)
    for name in ('js', 'pyodide_js'):
        sys.modules.pop(name, None)
    sys.stdout.reconfigure(line_buffering=True)
    sys.stderr = sys.stdout
    try:
        value = eval_code(code, {'__name__': '__main__'}, filename='script.py')
        return dumps({'ok': True, 'value': '' if value is None else value if isinstance(value, str) else repr(value)})
    except SystemExit as error:
        return dumps({'ok': not error.code, 'value': '' if error.code is None else f'SystemExit: {error.code}'})
    except BaseException as error:
        kept = error.__traceback__
        while kept and kept.tb_frame.f_code.co_filename != 'script.py':
            kept = kept.tb_next
        return dumps({'ok': False, 'value': ''.join(traceback.format_exception(type(error), error, kept)).rstrip()})
    finally:
        sys.stdout.flush()
run`;

/** Modules that lead from Python to JavaScript. What they stand for is out of reach or cut off all the same. */
const BRIDGES = ['js', 'pyodide_js'];

/** An interpreter that is ready to run one script, and says what comes of it. */
export async function createGuest(snapshot: Uint8Array | null) {
  const python = await boot({ snapshot });
  for (const name of BRIDGES) python.unregisterJsModule(name);
  return function run({ code, outputChars }: PythonRequest, say: (line: PythonLine) => void): void {
    const output = createOutput(outputChars, say);
    python.setStdout({ write: output.add, isatty: false });
    try {
      // A string of JSON is one of Python, too.
      const said: unknown = python.runPython(`${HARNESS}(${JSON.stringify(code)})`);
      output.flush();
      say(toEnd(said, outputChars));
    } catch (error) {
      output.flush();
      // The interpreter itself has come to its end.
      say({ ok: false, value: cut(error instanceof Error ? error.message : 'The script failed', outputChars) });
    }
  };
}

/** What is printed first is said at once, so that it is known of a script that never ends; later, only in pieces. */
const SAID_AT_ONCE = 200;
const PIECE_CHARS = 8_192;

function createOutput(maxChars: number, say: (line: PythonLine) => void) {
  const decoder = new TextDecoder();
  let pending = '';
  let writes = 0;
  let charsLeft = maxChars;

  function flush(): void {
    if (pending !== '') say({ printed: pending });
    pending = '';
  }

  return {
    flush,
    add(bytes: Uint8Array): number {
      if (charsLeft > 0) {
        const text = decoder.decode(bytes, { stream: true });
        pending +=
          text.length <= charsLeft
            ? text
            : `${text.slice(0, charsLeft)}\n[the script printed more; the rest is dropped]\n`;
        charsLeft -= text.length;
        writes += 1;
        if (writes < SAID_AT_ONCE || pending.length >= PIECE_CHARS || charsLeft <= 0) flush();
      }
      return bytes.length;
    },
  };
}

/** What the harness said, unless the script had its hands in it. */
function toEnd(said: unknown, maxChars: number): PythonLine {
  const { ok, value } = fieldsOf(typeof said === 'string' ? said : '');
  return { ok: ok === true, value: cut(typeof value === 'string' ? value : '', maxChars) };
}

function cut(value: string, maxChars: number): string {
  return value.length <= maxChars ? value : `${value.slice(0, maxChars)} [the value is longer; the rest is dropped]`;
}
