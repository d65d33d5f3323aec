// Search: names are tested once each, then one scan of a tree adds what matches.

/**
 * A test for names; none for no search. `/…/` is a regular expression, anything else is
 * looked for as it stands; case does not matter.
 * @param {string} text
 * @returns {((name: string) => boolean) | undefined}
 * @throws {SyntaxError} for a regular expression that is none
 */
function tester(text) {
  const [, regex] = /^\/(.+)\/$/.exec(text) || [], low = text.toLowerCase()
  const test = regex && new RegExp(regex, 'i')
  if (text) return name => test ? test.test(name) : name.toLowerCase().includes(low)
}

/**
 * The part of a pane, and of its side before, that passes through any match.
 * @param {Pick<Pane, 'tree' | 'whole' | 'diff'>} pane
 * @param {boolean[]} hits by name id
 */
function share({ tree, whole, diff }, hits) {
  let now = 0, was = 0
  outermost(tree, hits, i => {
    now += tree.total[i]
    was += tree.wasTotal[i]
  })
  return (diff ? percent(was, diff.whole) + ' → ' : '') + percent(now, whole)
}

/**
 * Searches; tells what share of each pane was found.
 * @param {string} text
 */
function seek(text) {
  look.hits = undefined
  try {
    const test = tester(text), hits = test && head.names.map((name, id) => id > 0 && test(name))
    look.hits = hits
    return hits ? panes.map(pane => share(pane, hits)).join(' | ') + ' matched' : ''
  } catch {
    return 'not a regular expression'
  }
}
