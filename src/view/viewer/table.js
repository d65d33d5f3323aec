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
  const [pane, isMany] = panes, {by, sums} = pane
  if (isMany) return panes.map(pane => plain(pane, 1, clean(pane.title)))
  if (!pane.diff) return [plain(pane, 0, 'self'), plain(pane, 1, 'total')]
  /**
   * @param {string} title
   * @param {'before' | 'after' | 'delta'} key
   * @param {number} k of the sums
   * @returns {Column}
   */
  const moded = (title, key, k = 1, mode = look.mode, scale = scales(pane, mode)) => {
    /** @param {number} id */
    const value = id => change(scale, sums[k + 2][id], sums[k][id])[key]
    return [title, id => abs(value(id)), id => inMode(pane, value(id), key == 'delta' && '+', mode)]
  }
  /** @param {number} id */
  const of = id => change(by, sums[3][id], sums[1][id])
  return [moded('before', 'before'), moded('after', 'after'), moded('change', 'delta'),
    ['growth', id => of(id).delta / of(id).before, id => of(id).word], moded('self', 'delta', 0),
    ...look.mode == 'share' ? [] : [moded('points', 'delta', 1, 'share')]]
}

/** The head of the table and its rows; a half added to the column that is sorted by turns the order. */
function rows() {
  const all = columns(), {hits, only, sort} = look, [{by, sums}] = panes, [, value] = all[sort | 0] || all[0], isUp = sort % 1
  const ids = [...texts.keys()].filter(id => {
    const changed = change(by, sums[3][id], sums[1][id])
    return id && (!hits || hits[id]) && panes.some(({sums}) => sums[1][id] || sums[3][id])
      && (only == 'all' || only == changed.word || only == 'changed' && changed.delta && !(noise(panes[0], id) < 0))
  }).sort((a, b) => (isUp ? value(a) - value(b) : value(b) - value(a)) || a - b)
  const style = `--n:${all.length};--w:${all[2] ? 72 : 110}px`, more = ids.length - 200
  return [el('div', {className: 'row heads', style}, el('span', '', 'function'), ...all.map(([title], k) => el('button', {
    role: 'columnheader', name: 'sort', value: k == sort ? k + .5 : k, ariaSort: k != (sort | 0) ? 'none' : isUp ? 'ascending' : 'descending'
  }, title))),
    ...ids.filter((id, k) => k < 200 || id == look.name).map((id, k) => el('button', {className: 'row', style, tabIndex: -k, name: 'name', value: id, title: texts[id]}, el('span', '', el('bdi', '', brief(texts[id]))),
      ...all.map(([, , text, part]) => el('span', {style: part && `--bar:${100 * part(id)}%`}, text(id))))),
    more > 0 ? digits(more) + ' more' : '']
}

/**
 * Shows one function in the graph; in a sandwich it comes into the middle.
 * @param {number} id
 */
function mark(id) {
  look.lit = texts.map((_, k) => k == id)
  look.name = id
  if (look.view == 'sandwich') set('focus', [id])
  else update()
}
