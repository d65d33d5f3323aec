// The table of functions beside the graph: sorted by any column, filtered by the same search,
// with a bar where a number is a part of the whole.

/** Rows in the table before "n more". */
const MOST_ROWS = 200

/**
 * A column: its title, the number that it is sorted by, its text, and the length of the bar from 0 to 1.
 * @typedef {{title: string, value: (id: number) => number, text: (id: number) => string,
 *   bar?: (id: number) => number}} Column
 */

/**
 * The columns for a comparison, for a diff, or for one tree, named as in the tables of queries.
 * @returns {Column[]}
 */
function columns() {
  const [pane, isMany] = panes
  if (isMany) return panes.map(pane => valueColumn(clean(pane.title), pane, 'total'))
  if (!pane.diff) return [valueColumn('self', pane, 'own'), valueColumn('total', pane, 'total')]
  /** @param {number} id */
  const growth = id => changeOf(pane, id)
  return [
    changeColumn('total_before', pane, 'before'),
    changeColumn('total_after', pane, 'after'),
    changeColumn('total_delta', pane, 'delta'),
    {title: 'total_growth', value: id => growth(id).delta / growth(id).before, text: id => growth(id).word},
    changeColumn('delta', pane, 'delta', 'own'),
    ...state.mode == 'share' ? [] : [changeColumn('total_delta_share', pane, 'delta', 'total', 'share')]
  ]
}

/**
 * @param {string} title
 * @param {Pane} pane
 * @param {'own' | 'total'} which
 * @returns {Column}
 */
const valueColumn = (title, pane, which) => ({
  title,
  value: id => pane.sums[which][id],
  text: id => part(pane.sums[which][id], pane),
  bar: id => pane.sums[which][id] / pane.whole
})

/**
 * @param {string} title
 * @param {Pane} pane
 * @param {'before' | 'after' | 'delta'} side
 * @param {'own' | 'total'} which
 * @returns {Column}
 */
function changeColumn(title, pane, side, which = 'total', mode = state.mode) {
  const scales = scalesOf(pane, mode)
  /** @param {number} id */
  const value = id => changeOf(pane, id, which, scales)[side]
  return {
    title,
    value: id => abs(value(id)),
    text: id => side == 'delta' ? mark(pane, id, which, mode) + changeInMode(pane, value(id), '+', mode) : inMode(pane, value(id), mode)
  }
}

/**
 * The mark of a total's change that is not significant, in the unit that it was judged in.
 * @param {Pane} pane
 * @param {number} id
 * @param {string} which
 * @param {string} mode
 */
const mark = (pane, id, which, mode) => which == 'total' && mode == state.mode && margin(pane, id) < 0 ? '≈ ' : ''

/**
 * @param {Pane} pane
 * @param {number} id
 * @param {'own' | 'total'} which
 */
function changeOf(pane, id, which = 'total', by = pane.scales) {
  const {sums} = pane
  return change(pane, by, sums[which == 'own' ? 'ownBefore' : 'totalBefore'][id], sums[which][id])
}

/** The head of the table and its rows. */
function rows() {
  const all = columns(), ids = rowIds(all), more = ids.length - MOST_ROWS
  return [
    element('div', {className: 'row heads'}, element('span', '', 'function'), ...all.map(headCell)),
    ...ids.filter((id, k) => k < MOST_ROWS || id == state.function).map((id, k) => element(
      'button', {className: 'row', tabIndex: -k, name: 'function', value: id, title: texts[id]},
      // Written from right to left, a name that is too long loses its beginning.
      element('span', '', element('bdi', '', withoutPath(texts[id]))),
      ...all.map(({text, bar}) => element('span', {style: bar && `--bar:${100 * bar(id)}%`}, text(id)))
    )),
    element('span', {id: 'more'}, more > 0 ? digits(more) + ' more' : '')
  ]
}

/**
 * The button that sorts by a column. `sort` is the number of a column, plus a half for ascending.
 * @param {Column} column
 * @param {number} k
 */
function headCell({title}, k) {
  const {sort} = state, order = sort % 1 ? 'ascending' : 'descending'
  return element('button', {
    role: 'columnheader', name: 'sort', value: k == sort ? k + .5 : k, ariaSort: k == (sort | 0) ? order : 'none'
  }, title)
}

/**
 * The functions that the table shows, in order.
 * @param {Column[]} all
 */
function rowIds(all) {
  const {matches, only, sort} = state, [pane] = panes, {value} = all[sort | 0] || all[0]
  /** @param {number} id */
  const isShown = id => {
    if (!id || matches && !matches[id] || !panes.some(({sums}) => sums.total[id] || sums.totalBefore[id])) return false
    const {word, delta} = changeOf(pane, id)
    return only == 'all' || only == word || only == 'changed' && delta && !(margin(pane, id) < 0)
  }
  return [...texts.keys()].filter(isShown)
    .sort((a, b) => (sort % 1 ? value(a) - value(b) : value(b) - value(a)) || a - b)
}

/**
 * The row of a function; null for none.
 * @param {number} id
 * @returns {any}
 */
const rowOf = id => page.body.querySelector(`[name=function][value="${id}"]`)
