// The sandwich: who calls some functions, and what they call.
//
// Both halves start at the outermost call in each stack, so both add up to the
// functions' total, recursion or not. Nodes are merged name by name when a half
// is shown; what is too narrow to see becomes "(other)".

/**
 * A node to be: the nodes `at` merged, each with the value of the node `of`.
 * @typedef {{id: number, deep: number, at: number[], of: number[], w: number}} Merge
 */

/**
 * @param {Tree} tree laid out
 * @param {number[]} focus name ids
 * @param {boolean} up callers, else callees
 * @param {number} other name id of what is cut
 */
function sandwich(tree, focus, up, other) {
  const {names, parent, own, was, total, wasTotal, weight} = tree
  /** @type {boolean[]} */
  const asked = []
  for (const id of focus) asked[id] = true
  const calls = outermost(tree, asked), isOne = !focus[1], least = 1e-4 * sumOf(weight, calls)
  /** @type {any[]} */
  const [ids, depth, nows, wases] = [[], [], [], []]
  /** @type {Merge[]} */
  const todo = [{id: isOne ? focus[0] : 0, deep: 0, at: isOne ? calls : [], of: calls, w: 0}]
  for (let group; group = todo.pop();) {
    /** @type {Map<number, Merge>} */
    const next = new Map(), {id, at, of} = group, deep = group.deep + 1
    /** @type {number[][]} */
    const [ends, rest] = [[], []]
    /**
     * @param {number} node
     * @param {number} call
     */
    const add = (node, call) => {
      const id = names[node], into = next.get(id) || {id, deep, at: [], of: [], w: 0}
      next.set(id, into)
      into.at.push(node)
      into.of.push(call)
      into.w += weight[call]
    }
    of.forEach((call, k) => {
      const node = at[k]
      if (!isOne && deep < 2) add(call, call)
      else if (!at[0] || up && !parent[node]) ends.push(call)
      else if (up) add(parent[node], call)
      else child(tree, node, c => add(c, c))
    })
    const isEnd = up || !at[0]
    ids.push(id)
    depth.push(deep - 1)
    nows.push(isEnd ? sumOf(total, ends) : sumOf(own, at))
    wases.push(isEnd ? sumOf(wasTotal, ends) : sumOf(was, at))
    const kept = [...next.values()].sort((a, b) => a.w - b.w).filter(({w, of}) => w > least || of.forEach(call => rest.push(call)))
    if (rest[0]) todo.push({id: other, deep, at: [], of: rest, w: 0})
    todo.push(...kept)
  }
  return grow(ids, depth, nows, wases)
}
