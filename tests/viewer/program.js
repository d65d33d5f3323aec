// The program as it is shipped: the files in their order, without comments,
// indentation and blanks that separate nothing. `program.rs` does the same for real outputs.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const FOLDER = join(__dirname, '../../src/view/viewer');
const ORDER = readFileSync(join(FOLDER, 'order'), 'utf8').trim().split('\n');

/** Whole-line comments, JSDoc blocks, blank lines and indentation removed. */
function stripped(source) {
  const kept = [];
  let inside = false;
  for (const line of source.split('\n').map(line => line.trim())) {
    const opens = line.startsWith('/**');
    const alone = opens && (!line.includes('*/') || line.endsWith('*/'));
    if (inside || alone) {
      inside = !line.includes('*/');
    } else if (line && !line.startsWith('//')) kept.push(line);
  }
  return kept.join('\n') + '\n';
}

/**
 * Blanks that separate nothing removed, and `let` for `const`. Strings, templates and regular expressions stay as they
 * are; a line break goes only where no statement can end or begin.
 */
function squeezed(source) {
  let out = '';
  for (let i = 0; i < source.length; i++) {
    const c = source[i], last = out[out.length - 1] ?? '{';
    if (`'"\``.includes(c) || c == '/' && '(,=:[!&|?{'.includes(last)) {
      const start = i++;
      for (; source[i] != c; i++) if (source[i] == '\\') i++;
      out += source.slice(start, i + 1);
    } else if (c == ' ' || c == '\n') {
      const next = source[i + 1] ?? '\n';
      const needed = c == ' ' ? !/[^\w$#]/.test(last + next) : !'{([,;=&|?:<>+*\n'.includes(last) && !'})],;=&|?:.*'.includes(next);
      if (needed) out += c;
    } else out += c;
    if (c == ' ') out = out.replace(/(?<![\w$#])const ?$/, /[\w$#]/.test(source[i + 1]) ? 'let ' : 'let');
  }
  return out;
}

const read = name => stripped(readFileSync(join(FOLDER, name), 'utf8'));
const program = () => squeezed(`(function flamebook(payload){\n${ORDER.map(read).join('')}})`);

/** The functions of the program, without starting it. */
function library(...names) {
  const source = squeezed(ORDER.filter(name => name != 'main.js').map(read).join(''));
  return new Function(`let look={},panes=[],head={names:[]};${source}return{${names}}`)();
}

module.exports = { ORDER, program, library, read };
if (require.main === module) {
  for (const name of ORDER) console.log(String(Buffer.byteLength(squeezed(read(name)))).padStart(6), name);
  console.log(String(Buffer.byteLength(program())).padStart(6), 'program');
}
