// The program as it is shipped: the files in their order, without comments,
// blank lines and indentation. `program.rs` does the same for real outputs.
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

const read = name => stripped(readFileSync(join(FOLDER, name), 'utf8'));
const program = () => `(function flamebook(payload){\n${ORDER.map(read).join('')}})`;

/** The functions of the program, without starting it. */
function library(...names) {
  const source = ORDER.filter(name => name != 'main.js').map(read).join('');
  return new Function(`let look={},panes=[],head={names:[]};${source}return{${names}}`)();
}

module.exports = { ORDER, program, library, read };
if (require.main === module) {
  for (const name of ORDER) console.log(String(Buffer.byteLength(read(name))).padStart(6), name);
  console.log(String(Buffer.byteLength(program())).padStart(6), 'program');
}
