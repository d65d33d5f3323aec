// The viewer's program without a page: what it reads, adds up, finds and writes. Expected values
// are worked out by hand beside each test.
const assert = require('node:assert/strict');
const test = require('node:test');
const { deflateRawSync } = require('node:zlib');
const { VIEWER, library, read } = require('./sources.js');

const of = library('unpack', 'makeTree', 'layOut', 'pathOf', 'nodeAtPath', 'functionSums', 'amount', 'percent', 'scalesOf', 'change', 'widths',
  'tinted', 'inMode', 'changeInMode', 'nameTest', 'shareOf', 'sandwichCallers', 'sandwichCallees', 'invert', 'quoted', 'clean', 'withoutPath',
  'figure', 'forVisible', 'makeRoom', 'onPrint', 'escaped', 'margin', 'focused', 'hidden', 'fileName', 'state');

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 | 128);
  return [...bytes, value];
}

/** A payload as the kernel writes it: a header, then columns. */
function packed(head, ...columns) {
  const text = Buffer.from(JSON.stringify(head));
  const bytes = [...varint(text.length), ...text, ...columns.flat().flatMap(varint)];
  return deflateRawSync(Buffer.from(bytes)).toString('base64');
}

/** A tree of stacks: `{'a;b': 10}`, with pairs of before and after for a diff. */
function treeOf(stacks, names = ['total']) {
  const root = { id: 0, kids: new Map(), after: 0, before: 0 };
  for (const [path, value] of Object.entries(stacks)) {
    let node = root;
    for (const name of path.split(';')) {
      if (!names.includes(name)) names.push(name);
      const id = names.indexOf(name);
      if (!node.kids.has(id)) node.kids.set(id, { id, kids: new Map(), after: 0, before: 0 });
      node = node.kids.get(id);
    }
    [node.before, node.after] = Array.isArray(value) ? value : [0, value];
  }
  const [ids, depth, own, ownBefore] = [[], [], [], []];
  const walk = (node, deep) => {
    ids.push(node.id);
    depth.push(deep);
    own.push(node.after);
    ownBefore.push(node.before);
    for (const kid of node.kids.values()) walk(kid, deep + 1);
  };
  walk(root, 0);
  const tree = of.makeTree(Int32Array.from(ids), Int32Array.from(depth), Float64Array.from(own), Float64Array.from(ownBefore));
  of.layOut(tree, of.widths('both', [1, 1]));
  return { tree, names };
}

const folded = ({ tree, names }) => Object.fromEntries([...tree.own.keys()].filter(i => tree.own[i] || tree.ownBefore[i])
  .map(i => [of.pathOf(tree, i).map(id => names[id]).join(';'), tree.own[i]]));

test('intervals come before the nodes, a column for each mode', async () => {
  // Of the names total, a and b; zigzag, so 5 is 3 below zero. Then total > a, b beside it.
  const noise = { amount: { scale: 10, signed: true }, share: { scale: 0.5, signed: false } };
  const pane = { nodes: 3, scale: 1, signed: false, diff: { scale: 1, signed: false, noise } };
  const { head, trees: [tree] } = await of.unpack(packed({ names: ['total', 'a', 'b'], panes: [pane] },
    [0, 5, 4], [0, 1, 2], [0, 0, 1], [0, 1, 2], [0, 7, 8], [0, 9, 6]));
  assert.deepEqual([[...tree.own], [...tree.ownBefore]], [[0, 7, 8], [0, 9, 6]]);
  const inMode = (mode, id) => {
    of.state.mode = mode;
    const found = of.margin(head.panes[0], id);
    delete of.state.mode;
    return found;
  };
  assert.deepEqual([1, 2, 0].map(id => inMode('amount', id)), [-30, 20, 0]);
  assert.deepEqual([1, 2, 0].map(id => inMode('share', id)), [0.5, 1, 0]);
  assert.equal(inMode('rate', 1), undefined);
  assert.equal(of.margin({}, 1), undefined);
});

test('a payload is unpacked into columns', async () => {
  // total > a (3) > b (5), and c (2) beside a; values are halves of what is written times 10.
  const pane = { nodes: 4, scale: 10, signed: false };
  const { head, trees: [tree] } = await of.unpack(packed({ names: ['total', 'a', 'b', 'c'], panes: [pane] },
    [0, 0, 0, 2], [0, 1, 2, 3], [0, 3, 5, 2]));
  assert.deepEqual(head.names, ['total', 'a', 'b', 'c']);
  assert.deepEqual([...tree.depth], [0, 1, 2, 1]);
  assert.deepEqual([...tree.parent], [-1, 0, 1, 0]);
  assert.deepEqual([...tree.end], [4, 3, 3, 4]);
  assert.deepEqual([...tree.own], [0, 30, 50, 20]);
  assert.deepEqual([...tree.total], [100, 80, 50, 20]);
});

test('signed columns, large numbers and the side before are read', async () => {
  const diff = { scale: 2, signed: true };
  const { trees: [tree] } = await of.unpack(packed({ names: [], panes: [{ nodes: 3, scale: 0.5, signed: false, diff }] },
    [0, 0, 1], [0, 1, 2], [0, 2 ** 52, 1], [0, 3, 4]));
  assert.deepEqual([...tree.own], [0, 2 ** 51, 0.5]);
  assert.deepEqual([...tree.ownBefore], [0, -4, 4]);
});

test('a truncated payload is rejected', async () => {
  const pane = { nodes: 2, scale: 1, signed: false };
  await assert.rejects(of.unpack(packed({ names: [], panes: [pane] }, [0, 0], [0, 1], [1])));
});

test('a path of names is followed from one tree into another', () => {
  const names = ['total'];
  const { tree: one } = treeOf({ 'a;b': 1, 'a;c': 2 }, names), { tree: two } = treeOf({ 'c;a': 5, 'a;c': 1 }, names);
  const c = one.names.indexOf(names.indexOf('c'));
  const at = of.nodeAtPath(two, of.pathOf(one, c));
  assert.deepEqual(of.pathOf(two, at).map(id => names[id]), ['a', 'c']);
  assert.equal(of.nodeAtPath(two, of.pathOf(one, 2)), -1);
  assert.equal(of.nodeAtPath(two, []), 0);
});

test('children stand side by side from the left edge of their parent', () => {
  const { tree } = treeOf({ 'a;b': 6, 'a;c': 2, a: 1, d: 1 });
  assert.deepEqual([...tree.weight], [10, 9, 6, 2, 1]);
  assert.deepEqual([...tree.left], [0, 0, 0, 6, 9]);
});

test('only boxes of half a pixel and more are visited', () => {
  const { tree } = treeOf({ 'a;b': 990, 'c;d;e': 4, f: 6 });
  const seen = width => {
    const found = [];
    of.forVisible({ tree, zoom: 0, width }, (i, x, w) => found.push([i, x, w]));
    return found;
  };
  assert.deepEqual(seen(100), [[0, 0, 100], [1, 0, 99], [2, 0, 99], [6, 99.4, 0.6]].map(([i, x, w]) => [i, x, seen(100).find(s => s[0] == i)[2]]));
  assert.equal(seen(1000).length, 7);
});

test('on paper a graph has all of its rows, and what is not built its static picture', () => {
  const { tree } = treeOf({ [Array.from({ length: 40 }, (_, i) => `f${i}`).join(';')]: 1 });
  const layer = { tree, zoom: 0, width: 100, rows: 1, pad: { style: {} }, canvas: {} };
  // The root and 40 frames, of which 36 rows are seen at once; two pixels of the screen are one here.
  const root = { innerHTML: '', replaceChildren: () => { root.innerHTML = ''; } };
  Object.assign(globalThis, { devicePixelRatio: 2, root, shadow: null, still: 'picture' });
  const rows = () => (of.makeRoom(layer), layer.canvas.height / 2 / 18);
  assert.equal(rows(), 36);
  of.onPrint({ type: 'beforeprint' });
  assert.equal(rows(), 41);
  assert.equal(root.innerHTML, 'picture');
  of.onPrint({ type: 'afterprint' });
  assert.equal(rows(), 36);
  assert.equal(root.innerHTML, '');
});

test('a share counts each stack once, however many of its frames match', () => {
  const { tree, names } = treeOf({ 'json.a;json.b': 10, 'x;json.b': 5, y: 25 });
  const hits = names.map(of.nameTest('JSON.'));
  assert.equal(of.shareOf({ tree, whole: 40 }, hits), '37.5%');
  assert.equal(of.shareOf({ tree, whole: 40 }, names.map(of.nameTest('/^x|y/'))), '75.0%');
});

test('a search is literal without slashes, and a wrong regular expression is an error', () => {
  assert.equal(of.nameTest(''), undefined);
  assert.ok(of.nameTest('(*t).m')('net.(*T).Method'));
  assert.ok(!of.nameTest('a.c')('abc'));
  assert.ok(of.nameTest('/A.C/')('abc'));
  assert.throws(() => of.nameTest('/(/'), SyntaxError);
});

test('both halves of a sandwich add up to the total, with recursion too', () => {
  const names = ['total', 'a', 'b', '(other)'], { tree } = treeOf({ 'a;b;a': 10 }, names);
  for (const half of [of.sandwichCallers, of.sandwichCallees]) assert.equal(half(tree, [1], 3).total[0], 10);
  assert.deepEqual(folded({ tree: of.sandwichCallees(tree, [1], 3), names }), { 'b;a': 10 });
  assert.deepEqual(folded({ tree: of.sandwichCallers(tree, [1], 3), names }), { '': 10 });
  assert.deepEqual(folded({ tree: of.sandwichCallers(tree, [2], 3), names }), { a: 10 });
});

test('callers and callees are merged by name, heaviest first', () => {
  const names = ['total', '(other)'];
  const { tree } = treeOf({ 'm;p;f;x': 1, 'm;q;f;x': 4, 'm;q;f;y': 8, 'm;q;f': 2, 'm;z': 100 }, names);
  const f = [names.indexOf('f')];
  assert.deepEqual(Object.entries(folded({ tree: of.sandwichCallees(tree, f, 1), names })), [['', 2], ['y', 8], ['x', 5]]);
  assert.deepEqual(Object.entries(folded({ tree: of.sandwichCallers(tree, f, 1), names })), [['q;m', 14], ['p;m', 1]]);
  const focus = [names.indexOf('p'), names.indexOf('q')], both = of.sandwichCallees(tree, focus, 1);
  assert.equal(both.total[0], 15);
  assert.deepEqual(folded({ tree: both, names }), { 'q;f': 2, 'q;f;y': 8, 'q;f;x': 4, 'p;f;x': 1 });
});

test('boxes that are too narrow in a sandwich become (other)', () => {
  const names = ['total', '(other)'];
  const { tree } = treeOf({ 'f;big': 1e6, 'f;small': 1, 'f;less': 2 }, names);
  assert.deepEqual(folded({ tree: of.sandwichCallees(tree, [2], 1), names }), { big: 1e6, '(other)': 3 });
});

/** A tree from its leaves, where the name with id 1 is "(other)". */
function inverted(stacks, width = 'both') {
  const names = ['total', '(other)'], { tree } = treeOf(stacks, names), widthOf = of.widths(width, [1, 1]);
  const result = of.invert(tree, widthOf, 1);
  of.layOut(result, widthOf);
  return { tree: result, names };
}

/** The values of a column by path; the root's path is empty. */
const byPath = ({ tree, names }, values) =>
  Object.fromEntries([...tree.names.keys()].map(i => [of.pathOf(tree, i).map(id => names[id]).join(';'), values[i]]));

test('an inverted tree has the self values of each function by its callers, heaviest first', () => {
  const baz = inverted({ 'foo;bar;baz': 10, 'foo;bar': 5, 'qux;baz': 3 });
  assert.deepEqual(Object.entries(byPath(baz, baz.tree.total)), [
    ['', 18], ['baz', 13], ['baz;bar', 10], ['baz;bar;foo', 10], ['baz;qux', 3], ['bar', 5], ['bar;foo', 5],
  ]);
  // A stack is a node's own where its root is: foo called bar called baz.
  assert.deepEqual(folded(baz), { 'baz;bar;foo': 10, 'baz;qux': 3, 'bar;foo': 5 });
  assert.deepEqual([...baz.tree.left], [0, 0, 0, 0, 10, 13, 13]);
});

test('an inverted recursion has as many frames as its stack', () => {
  assert.deepEqual(folded(inverted({ a: 1, 'a;a': 2, 'a;a;a': 4, 'b;a': 8 })), { a: 1, 'a;a': 2, 'a;a;a': 4, 'a;b': 8 });
});

test('values of the root itself stay with the root of an inverted tree', () => {
  const tree = of.makeTree(Int32Array.of(0, 1), Int32Array.of(0, 1), Float64Array.of(4, 6), Float64Array.of(0, 0));
  const result = of.invert(tree, of.widths('both', [1, 1]), 2);
  assert.deepEqual([[...result.own], [...result.total]], [[4, 6], [10, 6]]);
});

test('an inverted diff has both sides, and the chosen width', () => {
  const stacks = { 'm;a': [10, 4], 'm;b;a': [0, 6], 'm;b': [3, 3] };
  const both = inverted(stacks), { tree } = both;
  assert.deepEqual(byPath(both, tree.total), { '': 13, a: 10, 'a;m': 4, 'a;b': 6, 'a;b;m': 6, b: 3, 'b;m': 3 });
  assert.deepEqual(byPath(both, tree.totalBefore), { '': 13, a: 10, 'a;m': 10, 'a;b': 0, 'a;b;m': 0, b: 3, 'b;m': 3 });
  assert.deepEqual(byPath(both, tree.weight), { '': 26, a: 20, 'a;m': 14, 'a;b': 6, 'a;b;m': 6, b: 6, 'b;m': 6 });
  const delta = inverted(stacks, 'delta');
  assert.deepEqual(byPath(delta, delta.tree.weight), { '': 12, a: 12, 'a;m': 6, 'a;b': 6, 'a;b;m': 6, b: 0, 'b;m': 0 });
});

test('negative values are inverted too', () => {
  const { tree, names } = inverted({ 'm;a': 2, 'm;b': -2 });
  assert.deepEqual(byPath({ tree, names }, tree.total), { '': 0, a: 2, 'a;m': 2, b: -2, 'b;m': -2 });
  assert.equal(tree.weight[0], 4);
});

test('boxes that are too narrow in a large inverted tree become (other)', () => {
  // 600 leaves below 1 000 frames are 600 600 frames to walk; a ten-thousandth of all is 1 000.06.
  const path = Array.from({ length: 1000 }, (_, i) => `f${i}`).join(';'), stacks = { [`${path};big`]: 1e7 };
  for (let i = 0; i < 600; i++) stacks[`${path};small${i}`] = 1;
  const { tree, names } = inverted(stacks), n = tree.names.length;
  assert.equal(n, 1 + 1 + 1000 + 1, 'the root, big, its callers, (other)');
  assert.deepEqual([names[tree.names[1]], tree.total[1], names[tree.names[n - 1]], tree.total[n - 1]], ['big', 1e7, '(other)', 600]);
});

test('an inverted recursion that would take minutes ends in (other)', () => {
  // Level k has 10 001 - k stacks, so all levels would be 50 million steps. One stack ends at each level.
  const n = 10001, depth = Int32Array.from({ length: n }, (_, i) => i);
  const tree = of.makeTree(depth.map(d => 2 * (d > 0)), depth, new Float64Array(n).fill(1, 1), new Float64Array(n));
  const result = of.invert(tree, of.widths('both', [1, 1]), 1), last = result.names.length - 1;
  assert.equal(result.total[0], 10000);
  assert.deepEqual([result.names[last], result.total[last]], [1, 10000 - (last - 1)]);
  assert.ok(last < 5000, `${last} levels`);
});

/** Both sides of each stack of a tree with the names of `treeOf`. */
function sides(tree, names) {
  const own = [...tree.own.keys()].filter(i => tree.own[i] || tree.ownBefore[i]);
  return Object.fromEntries(own.map(i => [of.pathOf(tree, i).map(id => names[id]).join(';'), [tree.ownBefore[i], tree.own[i]]]));
}

test('focus keeps the stacks with a function, whole', () => {
  const { tree, names } = treeOf({ 'm;a;b': [1, 2], 'm;a': [3, 4], m: [5, 6], 'n;m;a;b;a': [7, 8], n: [9, 10] });
  const focused = of.focused(tree, names.indexOf('a'));
  assert.deepEqual(sides(focused, names), { 'm;a': [3, 4], 'm;a;b': [1, 2], 'n;m;a;b;a': [7, 8] });
  assert.equal(focused.total[0], 14);
  // The heaviest first: n has 15 of both sides, m has 10.
  assert.deepEqual([...focused.depth].map((depth, i) => depth == 1 && names[focused.names[i]]).filter(Boolean), ['n', 'm']);
});

test('hide takes frames away, and what was alike below them is one', () => {
  const { tree, names } = treeOf({ 'm;a;b': [1, 2], 'm;b': [3, 4], 'm;a': [5, 6], 'a;a;m': [7, 8], 'm;a;c;a;b': [9, 10] });
  const hidden = of.hidden(tree, names.indexOf('a'));
  assert.deepEqual(sides(hidden, names), { m: [12, 14], 'm;c;b': [9, 10], 'm;b': [4, 6] });
  assert.deepEqual([hidden.total[0], hidden.totalBefore[0]], [30, 25]);
});

test('a file has a name without what a shell reads', () => {
  for (const [title, name] of [['cpu{version="2"}', 'cpu-version-2'], ['cpu{version="1.2.3", pod="a b"}', 'cpu-version-1.2.3-pod-a-b'],
    ['../../etc; rm -rf $HOME', 'etc-rm-rf-HOME'], ['größe ▸ 東京', 'größe-東京'], ['-.', 'flamebook'], ['', 'flamebook']])
    assert.equal(of.fileName(title), name);
});

test('the table counts a function once for each stack', () => {
  const { tree, names } = treeOf({ 'a;b;a': [1, 10], 'b;a': 5 });
  const { own, total, ownBefore, totalBefore } = of.functionSums(tree, names.length);
  const [a, b] = [names.indexOf('a'), names.indexOf('b')];
  assert.deepEqual([own[a], total[a], own[b], total[b]], [15, 15, 0, 15]);
  assert.deepEqual([ownBefore[a], totalBefore[a], totalBefore[b]], [1, 1, 1]);
});

test('a change has a tint and a word', () => {
  for (const [was, now, tint, word] of [
    [10, 15, 0.5, '+50.0%'], [10, 5, -0.5, '-50.0%'], [10, 40, 1, '+300.0%'], [10, 0, -1, 'removed'],
    [0, 3, 1, 'new'], [0, 0, 0, ''], [10, 10, 0, '+0.0%'],
  ]) {
    const changed = of.change({}, [1, 1], was, now);
    assert.deepEqual([changed.tint, changed.word], [tint, word]);
  }
  assert.equal(of.tinted(0), 'rgb(198,198,198)');
  // White text needs a contrast of 4.5 on each; luminance as WCAG defines it.
  for (const tint of [-1, -.5, 0, .5, 1]) {
    const [r, g, b] = of.tinted(tint, true).match(/\d+/g).map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
    const contrast = 1.05 / (.2126 * r + .7152 * g + .0722 * b + .05);
    assert.ok(contrast >= 4.5, `${contrast} at ${tint}`);
  }
  assert.notEqual(of.tinted(1), of.tinted(-1));
});

test('what rounding leaves is no change', () => {
  const delta = (rounding, scales, was, now) => of.change({ diff: { rounding } }, scales, was, now).delta;
  assert.equal(delta(undefined, [1, 1], .25, .5), .25);
  assert.equal(delta(.01, [1, 1], 288, 288.005), 0);
  assert.equal(delta(.01, [1, 1], 288, 289), 1);
  // A share of a whole of 1000: rounding is shared as well.
  assert.equal(delta(.01, [.001, .001], 288, 288.005), 0);
  assert.ok(delta(.01, [.001, .001], 288, 289) > 0);
});

test('a mode decides what is compared', () => {
  const pane = { whole: 200, unitKind: 'ns', unit: 'ns', diff: { whole: 100, seconds: [2, 0] } };
  assert.deepEqual(of.scalesOf(pane, 'share'), [0.01, 0.005]);
  assert.deepEqual(of.scalesOf(pane, 'amount'), [1, 1]);
  assert.deepEqual(of.scalesOf(pane, 'rate'), [0.5e-9, 0]);
  assert.equal(of.inMode(pane, 0.123, 'share'), '12.3%');
  assert.equal(of.inMode(pane, 0.25, 'rate'), '0.25 cores');
  assert.equal(of.inMode({ unitKind: 'bytes', unit: 'bytes' }, 2048, 'rate'), '2 KiB/s');
  assert.equal(of.changeInMode(pane, 0.0123, '+', 'share'), '+1.23 pp');
  assert.equal(of.changeInMode(pane, -2e9, '+', 'amount'), '-2 s');
  assert.equal(of.changeInMode(pane, 0.0041, '', 'share'), '0.41 pp');
});

test('a box is as wide as the chosen sides', () => {
  for (const [width, expected] of [['both', 13], ['before', 8], ['after', 5], ['delta', 3]])
    assert.equal(of.widths(width, [2, 1])(5, 4), expected);
});

test('quantities are written as the kernel writes them', () => {
  for (const { text, value, ...unit } of require('./quantities.json')) assert.equal(of.amount(value, unit), text, JSON.stringify({ value, ...unit }));
});

test('percentages are written as the kernel writes them', () => {
  for (const [part, whole, text] of [[1, 4, '25.0%'], [4, 4, '100%'], [0, 4, '0.0%'], [1, 1e4, '<0.1%'], [-1, 1e4, '-0.0%'], [-1, 4, '-25.0%'], [1, 0, '0%']])
    assert.equal(of.percent(part, whole), text);
});

test('a name becomes a string of the language', () => {
  for (const [name, text] of [['a.(*T).M', '"a.(*T).M"'], ['say "\\"', '"say \\"\\\\\\""'], ['a\nb\0', '"a\\x0ab\\x00"'], ['\x9b', '"\\x9b"'], ['', '""'], ['é✓', '"é✓"']])
    assert.equal(of.quoted(name), text);
});

test('a hostile name becomes one visible line', () => {
  for (const [name, text] of [['a\nb\u2028c', 'a b\ufffdc'], ['\ufeffa\uffff\ue000', '\ufffda\ufffd\ufffd'], ['a\tb\xa0', 'a b\xa0'], ['\x1b[31mred', '\ufffd[31mred'], ['\u202eabc', '\ufffdabc'], ['nul\0', 'nul\ufffd'], ['', '']])
    assert.equal(of.clean(name), text);
  assert.equal(of.clean('x'.repeat(65536)).length, 299);
  assert.equal(of.escaped('<a b="&">'), '&#60;a b=&#34;&#38;&#34;&#62;');
});

test('a name is shown without its path', () => {
  for (const [name, text] of [['shop/internal/recommend.distinct', 'recommend.distinct'], ['runtime.mallocgc', 'runtime.mallocgc'],
    ['net/http.(*conn).serve', 'http.(*conn).serve'], ['slices.Sort[shop/rank.Score]', 'slices.Sort[rank.Score]'], ['', '']])
    assert.equal(of.withoutPath(name), text);
});

test('a figure is a value and its share; in a diff both sides and the change', () => {
  const pane = { scales: [1, 1], whole: 200, unitKind: 'count', unit: 'samples' };
  assert.equal(of.figure('self', pane, 0, 30), 'self 30 samples  15.0%');
  const diff = { ...pane, diff: { whole: 100 } };
  assert.equal(of.figure('total', diff, 10, 30), 'total 10 samples  10.0% → 30 samples  15.0%, +20 samples, +200.0%');
  assert.equal(of.figure('total', diff, 10, 0), 'total 10 samples  10.0% → 0 samples  0.0%, -10 samples, removed');
  assert.equal(of.figure('self', diff, 0, 0), 'self 0 samples  0.0% → 0 samples  0.0%, 0 samples');
});

test('a stack of 100 000 frames is handled without recursion', () => {
  const n = 100000, depth = Int32Array.from({ length: n }, (_, i) => i), own = new Float64Array(n);
  own[n - 1] = 7;
  const tree = of.makeTree(depth.map(d => Math.min(d, 1 + d % 2)), depth, own, new Float64Array(n));
  of.layOut(tree, of.widths('both', [1, 1]));
  assert.equal(tree.total[0], 7);
  for (const half of [of.sandwichCallers, of.sandwichCallees]) assert.equal(half(tree, [1], 3).total[0], 7);
  const inverted = of.invert(tree, of.widths('both', [1, 1]), 3);
  assert.deepEqual([inverted.total[0], inverted.own[n - 1]], [7, 7]);
  assert.equal(of.pathOf(tree, n - 1).length, n - 1);
});

test('the program is small and safe inside a page', () => {
  const text = read(VIEWER, 'program.min.js');
  assert.ok(Buffer.byteLength(text) <= 28 * 1024, `${Buffer.byteLength(text)} bytes`);
  assert.doesNotMatch(text, /<\/script|<!--|[^\n -~]|\beval\b|\bimport\b|\bexport\b|\bfetch\b|XMLHttp|WebSocket|Worker/i);
  // What becomes markup: the page of the payload, and the static picture that was there before.
  const [, still] = /([\w$]+)=[\w$]+\.innerHTML[,;]/.exec(text);
  const markup = [...text.matchAll(/innerHTML=([\w.$]+)/g)].map(([, value]) => value.replace(/^[\w$]+\.page$/, 'page'));
  assert.deepEqual(markup.sort(), ['page', still].sort());
  assert.doesNotThrow(() => new Function(`return ${text}`));
});
