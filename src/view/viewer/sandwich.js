// The sandwich: who calls some functions, and what they call.
//
// Both halves start at the outermost call in each stack, so both add up to the
// functions' total, recursion or not. Nodes are merged name by name when a half
// is shown; what is too narrow to see becomes "(other)".

/**
 * A node to be: the nodes `at` merged, each with the value of the node `of`.
 * @typedef {{id: number, deep: number, at: number[], of: number[], weight: number}} Merge
 */

/**
 * @param {Tree} tree laid out
 * @param {number[]} focus name ids
 * @param {boolean} up callers, else callees
 * @param {number} other name id of what is cut
 * @param {number} [cut] the part of the root that is too narrow
 */
function sandwich({ names, parent, end, own, was, total, wasTotal, weight }, focus, up, other, cut = 1e-4) {
  /** @type {number[][]} */
  const [ids, depth, nows, wases, calls] = [[], [], [], [], []]
  /**
   * @param {Values} values
   * @param {number[]} nodes
   */
  const sum = (values, nodes) => nodes.reduce((sum, i) => sum + values[i], 0)
  /** @type {boolean[]} */
  const asked = []
  for (const id of focus) asked[id] = true
  outermost(/** @type {Tree} */ ({ names, end }), asked, i => calls.push(i))
  const one = focus.length == 1, least = cut * sum(weight, calls)
  /** @type {Merge[]} */
  const todo = [{ id: one ? focus[0] : 0, deep: 0, at: one ? calls : [], of: calls, weight: 0 }]
  for (let group; group = todo.pop();) {
    /** @type {Map<number, Merge>} */
    const next = new Map(), { id, at, of } = group, deep = group.deep + 1
    /** @type {Merge} */
    const rest = { id: other, deep, at: [], of: [], weight: 0 }
    /** @type {number[]} */
    const ends = []
    /**
     * @param {number} node
     * @param {number} call
     */
    const add = (node, call) => {
      const id = names[node], into = next.get(id) || { id, deep, at: [], of: [], weight: 0 }
      next.set(id, into)
      into.at.push(node)
      into.of.push(call)
      into.weight += weight[call]
    }
    of.forEach((call, k) => {
      const node = at[k]
      if (deep == 1 && !one) add(call, call)
      else if (node == undefined || up && parent[node] < 1) ends.push(call)
      else if (up) add(parent[node], call)
      else for (let c = node + 1; c < end[node]; c = end[c]) add(c, c)
    })
    const whole = up || !at.length
    ids.push(id)
    depth.push(deep - 1)
    nows.push(whole ? sum(total, ends) : sum(own, at))
    wases.push(whole ? sum(wasTotal, ends) : sum(was, at))
    const kept = [...next.values()].sort((a, b) => a.weight - b.weight).filter(({ weight, of }) => {
      if (weight <= least) for (const call of of) rest.of.push(call)
      return weight > least
    })
    if (rest.of[0]) todo.push(rest)
    todo.push(...kept)
  }
  return grow(Int32Array.from(ids), Int32Array.from(depth), Float64Array.from(nows), Float64Array.from(wases))
}
