// The sources of the JavaScript that outputs embed: where they are, and in which order they
// make up a program.
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const VIEW = join(__dirname, '../../src/view');
const VIEWER = join(VIEW, 'viewer');
const TIMELINE = join(VIEW, 'time');

/** The files of the viewer's program; `main.js` starts it and comes last. */
function viewerFiles() {
  const files = readdirSync(VIEWER).filter(name => name.endsWith('.js') && !name.endsWith('.min.js'));
  return [...files.filter(name => name != 'main.js').sort(), 'main.js'];
}

const read = (folder, name) => readFileSync(join(folder, name), 'utf8');

/** Files of the viewer in one scope. */
const joined = names => names.map(name => read(VIEWER, name)).join('');

/** The functions of the viewer's program by their names, without starting it. */
function library(...names) {
  const files = viewerFiles().filter(name => name != 'main.js');
  return new Function(`let state = {}, panes = [], head = {names: []}\n${joined(files)}\nreturn {${names}}`)();
}

module.exports = { VIEWER, TIMELINE, viewerFiles, read, joined, library };
