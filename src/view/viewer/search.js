// Search: tests each name once, then adds up in one scan what matches.

/**
 * A test for names; undefined for no search. `/…/` is a regular expression, any other text is
 * searched literally. Case does not matter.
 * @param {string} text
 * @returns {((name: string) => boolean) | undefined}
 * @throws {SyntaxError} for a wrong regular expression
 */
function nameTest(text) {
  const [, regex] = /^\/(.+)\/$/.exec(text) || []
  const pattern = RegExp(regex || text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'i')
  if (text) return name => pattern.test(name)
}

/**
 * The share of a pane, in a diff of both sides, whose stacks contain a match.
 * @param {Pick<Pane, 'tree' | 'whole' | 'diff'>} pane
 * @param {boolean[]} matches by name id
 */
function shareOf({tree, whole, diff}, matches) {
  const nodes = outermost(tree, matches), after = percent(sumOf(tree.total, nodes), whole)
  return diff ? `${percent(sumOf(tree.totalBefore, nodes), diff.whole)} → ${after}` : after
}

/**
 * Searches, and shows how many functions match and their share. When the chosen function is none of
 * them, the first of the table is chosen.
 */
function runSearch() {
  let result = ''
  /** @type {boolean[] | null} */
  let matches = null
  try {
    const test = nameTest(state.search)
    // `file` has an entry for each name of the payload, and none for the "(other)" added here.
    matches = test ? head.file.map((_, id) => id > 0 && test(head.names[id])) : null
    if (matches) {
      const count = matches.filter(Boolean).length, all = matches
      const shares = panes.map(pane => shareOf(pane, all)).join(' | ')
      result = `${digits(count)} function${count == 1 ? '' : 's'}, ${shares}`
    }
  } catch {
    result = 'not a regex'
  }
  state.matches = matches
  page.found.textContent = result
  if (matches && !matches[state.function]) choose(rowIds(columns())[0] || 0)
  else refresh()
}
