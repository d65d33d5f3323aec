// The table of functions beside the graph: sorted by any column, filtered by the
// same search, with a bar where a number is a part of the whole.

const LISTED = 300;

/**
 * A column. `part` is the length of the bar, 0 .. 1.
 * @typedef {{title: string, value: (id: number) => number, text: (id: number) => string,
 *   part?: (id: number) => number}} Column
 */

/** @type {Float64Array[][]} */
let sums = [];

/**
 * A value of each function and its percentage.
 * @param {string} title
 * @param {PaneHeader} head
 * @param {Float64Array} values
 * @returns {Column}
 */
function column(title, head, values) {
  const part = (/** @type {number} */ id) => values[id] / (head.whole || 1);
  return { title, part, value: id => values[id],
    text: id => `${amount(values[id], head)}  ${percent(values[id], head.whole)}` };
}

/** @returns {Column[]} */
function columns() {
  const [{ head, tree, scales: by }] = panes, [[own, total, was, wasTotal]] = sums;
  if (panes.length > 1) return panes.map((pane, k) => column(clean(pane.head.title), pane.head, sums[k][1]));
  if (!head.diff) {
    const both = [column('self', head, own), column('total', head, total)];
    if (head.whole != tree.total[0]) both.push({ title: 'of kept', value: id => total[id], text: id => percent(total[id], tree.total[0]) });
    return both;
  }
  const of = (/** @type {number} */ id) => change(by, wasTotal[id], total[id]);
  const points = scales(head, 'share'), { mode } = look;
  const shift = (/** @type {number} */ id) => change(points, wasTotal[id], total[id]).delta;
  /** @type {Column[]} */
  const all = [
    { title: 'before', value: id => of(id).before, text: id => inMode(head, mode, of(id).before) },
    { title: 'after', value: id => of(id).after, text: id => inMode(head, mode, of(id).after) },
    { title: 'change', value: id => Math.abs(of(id).delta), text: id => signed(head, mode, of(id).delta) },
    { title: 'self change', value: id => Math.abs(change(by, was[id], own[id]).delta),
      text: id => signed(head, mode, change(by, was[id], own[id]).delta) },
    { title: 'points', value: id => Math.abs(shift(id)), text: id => signed(head, 'share', shift(id)) },
    { title: 'growth', value: id => of(id).before ? of(id).delta / of(id).before : of(id).after ? Infinity : 0, text: id => of(id).word },
  ];
  return all.filter(c => mode != 'share' || c.title != 'points');
}

/**
 * The functions to list, sorted.
 * @param {Column} by
 */
function listed(by) {
  const [{ scales: sides }] = panes, wanted = look.only;
  const ids = head.names.map((_, id) => id).filter(id => {
    if (!id || look.hits && !look.hits[id] || !sums.some(s => s[1][id] || s[3][id])) return false;
    const { word, delta } = change(sides, sums[0][3][id], sums[0][1][id]);
    return wanted == 'all' || wanted == word || wanted == 'changed' && delta != 0;
  });
  return ids.sort((a, b) => (by.value(b) - by.value(a)) * (look.falling ? 1 : -1) || a - b);
}

function tableOf() {
  const body = el('div', { role: 'grid', 'aria-label': 'functions' }), filters = el('div', { className: 'note' });
  if (panes[0].head.diff) filters.append(choice('only', ['all', 'changed', 'new', 'removed']));
  let shownKey = '';
  painters.push(() => {
    if (look.layout == 'graph') return;
    if (!sums.length) sums = panes.map(pane => functions(pane.tree, head.names.length));
    const key = [look.query, look.only, look.sort, look.falling, look.mode].join('\0');
    if (key != shownKey) body.replaceChildren(...rowsOf());
    shownKey = key;
    for (const row of body.children) row.ariaSelected = '' + (/** @type {any} */ (row).of == look.marked);
  });
  return el('div', { className: 'table' }, filters, body);
}

function rowsOf() {
  const all = columns();
  if (look.sort >= all.length) look.sort = 0;
  const ids = listed(all[look.sort] || all[0]);
  const style = `grid-template-columns:minmax(6em,1fr) repeat(${all.length},${panes[0].head.diff ? 6.5 : 10}em)`;
  const heads = all.map((c, k) => {
    const by = k == look.sort;
    return el('span', { role: 'columnheader', tabIndex: 0, title: `sort by ${c.title}`, onclick() {
      look.falling = !by || !look.falling;
      look.sort = k;
      refresh();
    }, onkeydown: press }, c.title + (by ? look.falling ? ' ▾' : ' ▴' : ''));
  });
  const rows = ids.slice(0, LISTED).map(id => {
    const cells = all.map(({ text, part }) => {
      const bar = part && Math.min(100, Math.abs(100 * part(id)));
      return el('span', { role: 'gridcell', title: text(id),
        style: bar ? `background:linear-gradient(to left,#3d8fd155 ${bar}%,transparent 0)` : '' }, text(id));
    });
    const name = el('span', { role: 'gridcell', title: shown(id) }, shown(id));
    return el('div', { className: 'row', role: 'row', tabIndex: 0, style, of: id, onclick: () => take(id), onkeydown: press }, name, ...cells);
  });
  for (const [k, row] of rows.entries()) Object.assign(row, { of: ids[k] });
  const more = ids.length - rows.length;
  return [el('div', { className: 'row heads', role: 'row', style }, el('span', { role: 'columnheader' }, 'function'), ...heads), ...rows,
    ...more > 0 ? [el('div', { className: 'dim' }, `${grouped(more)} more`)] : []];
}

/**
 * Enter on what can be clicked.
 * @param {KeyboardEvent} event
 */
function press(event) {
  if (event.key != 'Enter') return;
  event.stopPropagation();
  /** @type {HTMLElement} */ (event.currentTarget).click();
}

/**
 * Marks a function in the graph, and in a sandwich puts it in the middle.
 * @param {number} id
 */
function take(id) {
  look.marked = look.marked == id && look.view != 'sandwich' ? -1 : id;
  if (look.view == 'sandwich') look.focus = [id];
  refresh();
}
