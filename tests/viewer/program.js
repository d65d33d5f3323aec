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
 * Blanks that separate nothing removed, and `let` for `const`. Strings and regular expressions
 * stay as they are; a line break goes only where no statement can end or begin.
 */
function squeezed(source) {
  let at = 0;
  const text = quote => {
    let out = quote;
    for (let c; c != quote;) {
      out += c = source[at++];
      if (c == '\\') out += source[at++];
      else if (quote == '`' && c == '$' && source[at] == '{') out += source[at++] + code();
    }
    return out;
  };
  // Up to the brace that closes what is open, else to the end.
  const code = () => {
    let out = '', depth = 0;
    while (at < source.length && depth >= 0) {
      const c = source[at++], last = out[out.length - 1] ?? '{', next = source[at] ?? '\n';
      if (`'"\``.includes(c) || c == '/' && '(,=:[!&|?{'.includes(last)) out += text(c);
      else if (c == ' ') {
        if (!/[^\w$#]/.test(last + next)) out += c;
        out = out.replace(/(?<![\w$#])const ?$/, /[\w$#]/.test(next) ? 'let ' : 'let');
      } else if (c != '\n' || !'{([,;=&|?:<>+*\n'.includes(last) && !'})],;=&|?:.*'.includes(next)) out += c;
      depth += +(c == '{') - +(c == '}');
    }
    return out;
  };
  return code();
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
