// Search: names are tested once each, then one scan of a tree adds what matches.

/**
 * A test for names; none for no search. `/…/` is a regular expression, anything else is
 * looked for as it stands; case does not matter.
 * @param {string} text
 * @returns {((name: string) => boolean) | undefined}
 * @throws {SyntaxError} for a regular expression that is none
 */
function tester(text) {
  const [, regex] = /^\/(.+)\/$/.exec(text) || [], test = RegExp(regex || text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'i')
  if (text) return name => test.test(name)
}

/**
 * The part of a pane, and of its side before, that passes through any match.
 * @param {Pick<Pane, 'tree' | 'whole' | 'diff'>} pane
 * @param {boolean[]} hits by name id
 */
function share({tree, whole, diff}, hits) {
  const found = outermost(tree, hits)
  return (diff ? percent(sumOf(tree.wasTotal, found), diff.whole) + ' → ' : '') + percent(sumOf(tree.total, found), whole)
}

/**
 * Searches for what the reader typed; tells how many functions and what share of each pane.
 * A name that came with the payload has a file, if only -1; the page's own `(other)` has none.
 */
function seek() {
  let shares = ''
  look.hits = look.lit = null
  try {
    const test = tester(search.value), hits = look.hits = look.lit = test && head.file.map((_, id) => id > 0 && test(head.names[id]))
    if (hits) {
      const count = hits.filter(Boolean).length
      shares = `${digits(count)} function${count == 1 ? '' : 's'}, ${panes.map(pane => share(pane, hits)).join(' | ')}`
    }
  } catch {
    shares = 'not a regex'
  }
  found.textContent = shares
  refresh()
}
