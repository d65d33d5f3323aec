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

/** Searches for the text in the search box, and shows how many functions match and their share. */
function runSearch() {
  let result = ''
  state.matches = state.highlighted = null
  try {
    const test = nameTest(page.search.value)
    // `file` has an entry for each name of the payload, and none for the "(other)" added here.
    const matches = test && head.file.map((_, id) => id > 0 && test(head.names[id]))
    state.matches = state.highlighted = matches
    if (matches) {
      const count = matches.filter(Boolean).length
      const shares = panes.map(pane => shareOf(pane, matches)).join(' | ')
      result = `${digits(count)} function${count == 1 ? '' : 's'}, ${shares}`
    }
  } catch {
    result = 'not a regex'
  }
  page.found.textContent = result
  refresh()
}
