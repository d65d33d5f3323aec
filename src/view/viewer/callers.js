// Callers: stacks merged by name, from the frame that each starts at up to the root.
//
// The upper half of a sandwich is made by this. All stacks are one array; a group of them is a range
// in it, which is sorted in place into the groups of its callers. So there is no object for a node
// here either.

/**
 * The stacks to merge: the nodes they start at, and their values by that node. A group that is
 * narrower than `least` becomes "(other)".
 * @typedef {{starts: Iterable<number>, after: Values, before: Values, weight: Values, least: number}} StackGroup
 */

/** After so many frames the rest becomes "(other)", or very deep recursion would take minutes. */
const MOST_STEPS = 3e7

/**
 * The callers as a tree that grows from where the stacks start.
 * @param {Tree} tree
 * @param {StackGroup} stacks
 * @param {number} rootName the function that all stacks start at; 0 for stacks of several
 *   functions, which are the first level then
 * @param {number} other name id of what is too narrow
 */
function callers({names, parent}, {starts, after, before, weight, least}, rootName, other) {
  // The first and the current node of each stack, and room to sort them.
  const start = Int32Array.from(starts), node = start.slice(), startCopy = start.slice(), nodeCopy = start.slice()
  // By name id, for the group at hand: its callers' weights, sizes and places.
  const ids = names.reduce((most, id) => max(most, id), other) + 1
  const weights = new Float64Array(ids), sizes = new Int32Array(ids), places = new Int32Array(ids)
  /** @type {any[]} */
  const [outNames, outDepth, outAfter, outBefore] = [[], [], [], []]
  /** @type {number[]} */
  const found = []
  /** Groups to do, four numbers each: name, depth, first and last stack. @type {any[]} */
  const todo = [rootName, 0, 0, start.length]
  for (let steps = 0; todo.length;) {
    const to = todo.pop(), from = todo.pop(), depth = todo.pop(), name = todo.pop()
    let ownAfter = 0, ownBefore = 0
    for (let k = from; k < to; k++) {
      const first = startCopy[k] = start[k]
      // 0 is the root, where a stack ends.
      const up = name == other ? 0 : depth || rootName ? parent[node[k]] : first
      nodeCopy[k] = up
      if (up > 0) {
        const id = names[up]
        if (!sizes[id]++) found.push(id)
        weights[id] += weight[first]
      } else {
        ownAfter += after[first]
        ownBefore += before[first]
      }
    }
    outNames.push(name)
    outDepth.push(depth)
    outAfter.push(ownAfter)
    outBefore.push(ownBefore)

    // The heaviest callers come first; those that are too narrow are at the end.
    found.sort((a, b) => weights[b] - weights[a])
    steps += to - from
    let end = from, kept = 0
    for (const id of found) {
      places[id] = end
      end += sizes[id]
      if (weights[id] >= least && steps < MOST_STEPS) kept++
    }
    for (let k = from; k < to; k++) {
      if (nodeCopy[k] <= 0) continue
      const place = places[names[nodeCopy[k]]]++
      start[place] = startCopy[k]
      node[place] = nodeCopy[k]
    }
    const rest = kept ? places[found[kept - 1]] : from
    if (rest < end) todo.push(other, depth + 1, rest, end)
    while (kept--) {
      const id = found[kept]
      todo.push(id, depth + 1, places[id] - sizes[id], places[id])
    }
    for (const id of found) weights[id] = sizes[id] = 0
    found.length = 0
  }
  return makeTree(Int32Array.from(outNames), Int32Array.from(outDepth), Float64Array.from(outAfter), Float64Array.from(outBefore))
}
