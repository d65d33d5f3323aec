// The table of functions beside the graph: sorted by any column, filtered by the
// same search, with a bar where a number is a part of the whole.

/**
 * A column: its title, what it sorts by, its text, and the length of the bar, 0 .. 1.
 * @typedef {[string, (id: number) => number, (id: number) => string, ((id: number) => number)?]} Column
 */

/**
 * The columns for what is compared, if anything.
 * @returns {Column[]}
 */
function columns() {
  /**
   * @param {Pane} pane
   * @param {number} k of the sums
   * @param {string} title
   * @returns {Column}
   */
  const plain = (pane, k, title) => [title, id => pane.sums[k][id], id => part(pane.sums[k][id], pane), id => pane.sums[k][id] / pane.whole]
  const [pane, isMany] = panes, { by, sums } = pane
  if (isMany) return panes.map(pane => plain(pane, 1, clean(pane.title)))
  if (!pane.diff) return [plain(pane, 0, 'self'), plain(pane, 1, 'total')]
  /** @param {number} id */
  const of = id => change(by, sums[3][id], sums[1][id])
  /**
   * @param {string} title
   * @param {(id: number) => number} value
   * @param {boolean} [isChange]
   * @param {string} [mode]
   * @returns {Column}
   */
  const moded = (title, value, isChange, mode = look.mode) => [title, id => abs(value(id)), id => inMode(pane, mode, value(id), isChange)]
  const shares = scales(pane, 'share')
  return [
    moded('before', id => of(id).before),
    moded('after', id => of(id).after),
    moded('change', id => of(id).delta, true),
    moded('points', id => change(shares, sums[3][id], sums[1][id]).delta, true, 'share'),
    ['growth', id => of(id).delta / of(id).before, id => wordOf(of(id))],
    moded('self', id => change(by, sums[2][id], sums[0][id]).delta, true),
  ]
}

/** The head of the table and its rows. */
function rows() {
  for (const pane of panes) pane.sums = pane.sums[0] ? pane.sums : functions(pane.tree, texts.length)
  const all = columns(), [, value] = all[look.sort], { hits, only, name } = look, [{ by, sums }] = panes
  const ids = [...texts.keys()].filter(id => {
    const changed = change(by, sums[3][id], sums[1][id]), word = wordOf(changed)
    return id && (!hits || hits[id]) && panes.some(({ sums }) => sums[1][id] || sums[3][id])
      && (only == 'all' || only == word || only == 'changed' && changed.delta)
  }).sort((a, b) => value(b) - value(a) || a - b)
  const style = `grid-template-columns:minmax(6em,1fr) repeat(${all.length},${all[2] ? 6 : 10}em)`
  const heads = all.map(([title], k) => el('button', '', { onclick: () => set('sort', k) }, title + (k == look.sort ? ' ▾' : '')))
  const lines = ids.slice(0, 300).map(id => el('button', 'row', { style, onclick: () => mark(id), ariaPressed: id == name },
    el('span', '', { title: texts[id] }, texts[id]), ...all.map(([, , text, part]) => el('span', '', {
      style: part ? `background:linear-gradient(270deg,#3d8fd155 ${100 * part(id)}%,#0000 0)` : '' }, text(id)))))
  const more = ids.length - lines.length
  return [el('div', 'row heads', { style }, el('span', '', {}, 'function'), ...heads), ...lines, more ? digits(more) + ' more' : '']
}

/**
 * Shows one function in the graph; in a sandwich it comes into the middle.
 * @param {number} id
 */
function mark(id) {
  look.hits = texts.map((_, k) => k == id)
  if (look.view == 'sandwich') look.focus = [id]
  set('name', id)
}
