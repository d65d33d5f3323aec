// The sandwich: the callers of some functions above them, their callees below.
//
// Both halves start at the outermost call in each stack, so both add up to the functions' total,
// with recursion or without. Nodes are merged by name when a half is shown, and what is too narrow
// to see becomes "(other)".

/** The part of a graph's width below which a box is too narrow to see. */
const NARROW = 1e-4

/**
 * A node to make: the nodes that are merged in it and their width. `isCut` for "(other)".
 * @typedef {{id: number, depth: number, nodes: number[], weight: number, isCut?: boolean}} Merge
 */

/**
 * The callers of some functions.
 * @param {Tree} tree laid out
 * @param {number[]} focus name ids
 * @param {number} other name id of what is too narrow
 */
function sandwichCallers(tree, focus, other) {
  const {total: after, totalBefore: before, weight} = tree, starts = callsOf(tree, focus)
  return callers(tree, {starts, after, before, weight, least: NARROW * sumOf(weight, starts)}, rootOf(focus), other)
}

/**
 * The callees of some functions.
 * @param {Tree} tree laid out
 * @param {number[]} focus name ids
 * @param {number} other name id of what is too narrow
 */
function sandwichCallees(tree, focus, other) {
  const {names, own, total, ownBefore, totalBefore, weight} = tree
  const calls = callsOf(tree, focus), root = rootOf(focus), least = NARROW * sumOf(weight, calls)
  /** @type {any[]} */
  const [ids, depths, after, before] = [[], [], [], []]
  /** @type {Merge[]} */
  const todo = [{id: root, depth: 0, nodes: root ? calls : [], weight: 0}]
  for (let group; group = todo.pop();) {
    const {id, nodes, isCut} = group, depth = group.depth + 1
    ids.push(id)
    depths.push(group.depth)
    after.push(sumOf(isCut ? total : own, nodes))
    before.push(sumOf(isCut ? totalBefore : ownBefore, nodes))
    if (isCut) continue
    /** @type {Map<number, Merge>} */
    const callees = new Map()
    /** @param {number} node */
    const add = node => {
      const id = names[node], callee = callees.get(id) || {id, depth, nodes: [], weight: 0}
      callees.set(id, callee)
      callee.nodes.push(node)
      callee.weight += weight[node]
    }
    if (root || group.depth) for (const node of nodes) findChild(tree, node, add)
    else calls.forEach(add)
    const sorted = [...callees.values()].sort((a, b) => a.weight - b.weight)
    const narrow = sorted.filter(({weight}) => weight <= least).flatMap(({nodes}) => nodes)
    if (narrow[0]) todo.push({id: other, depth, nodes: narrow, weight: 0, isCut: true})
    todo.push(...sorted.filter(({weight}) => weight > least))
  }
  return makeTree(Int32Array.from(ids), Int32Array.from(depths), Float64Array.from(after), Float64Array.from(before))
}

/**
 * The root of both halves: one function, else the root's name above several.
 * @param {number[]} focus name ids
 */
const rootOf = focus => focus[1] ? 0 : focus[0]

/**
 * The outermost calls of some functions.
 * @param {Tree} tree
 * @param {number[]} focus name ids
 */
function callsOf(tree, focus) {
  /** @type {boolean[]} */
  const wanted = []
  for (const id of focus) wanted[id] = true
  return outermost(tree, wanted)
}
