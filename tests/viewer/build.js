// Builds the JavaScript and the page that outputs embed, from the sources beside them.
//
// `node build.js` checks that the committed files are what the sources give, and fails
// otherwise; `node build.js --write` renews them. esbuild comes from where `tests/run viewer`
// installs it, or from `npm ci` in this folder.
const { createHash } = require('node:crypto');
const { readFileSync, writeFileSync } = require('node:fs');
const { join, relative } = require('node:path');
const { VIEWER, TIMELINE, joined, read, viewerFiles } = require('./sources.js');

const ROOT = join(__dirname, '../..');
const { transformSync } = require(require.resolve('esbuild', { paths: [join(ROOT, 'target/test-packages'), __dirname] }));
// JavaScript is written in ASCII, so that no page's encoding matters to it.
const OPTIONS = {
  js: { loader: 'js', minify: true, target: 'es2022', charset: 'ascii' },
  css: { loader: 'css', minify: true, charset: 'utf8' },
};

/** What is built: each file, and what its sources give. */
const BUILT = [
  [join(VIEWER, 'program.min.js'), () => shared(callable(`(function flamebook(payload) {\n${joined(viewerFiles())}})`))],
  [join(VIEWER, 'page.min.html'), page],
  [join(TIMELINE, 'timeline.min.js'), () => callable(`(data => {\n${read(TIMELINE, 'timeline.js')}\ntimeline(data)\n})`)],
];

/** A function as an expression; minified as a call, since one that nothing calls is dropped. */
function callable(source) {
  const code = minified(`${source}()`, 'js');
  const call = '();';
  if (!code.endsWith(call)) throw new Error(`not a call: ${code.slice(-40)}`);
  return code.slice(0, -call.length);
}

/**
 * A function that the document keeps: outputs of one build run the first one's. The name has a hash
 * of the program, because a page may hold outputs of several versions.
 */
function shared(program) {
  const hash = createHash('sha256').update(program).digest('hex').slice(0, 8);
  return `(document.flamebook${hash}||=${program.slice(1, -1)})`;
}

/** The content of the shadow root: the style, then the markup without its comment and line breaks. */
function page() {
  const html = read(VIEWER, 'viewer.html').replace(/<!--.*?-->/gs, '').split('\n').map(line => line.trim());
  return `<style>${minified(read(VIEWER, 'viewer.css'), 'css')}</style>${html.join('')}`;
}

const minified = (source, language) => transformSync(source, OPTIONS[language]).code.trim();

function main(write) {
  for (const [path, build] of BUILT) {
    const text = build();
    if (write) writeFileSync(path, text);
    else if (!isFile(path, text)) {
      console.error(`${relative(ROOT, path)} is not what its sources give; run: node tests/viewer/build.js --write`);
      process.exitCode = 1;
    }
    console.log(String(Buffer.byteLength(text)).padStart(6), relative(ROOT, path));
  }
}

function isFile(path, text) {
  try {
    return readFileSync(path, 'utf8') == text;
  } catch {
    return false;
  }
}

main(process.argv.includes('--write'));
