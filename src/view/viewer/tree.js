// A call tree as columns in pre-order, and the ways to walk it.
//
// Node 0 is the root, and the subtree of node i is the nodes i to end[i] - 1. So one step skips a
// subtree, and one loop backwards adds up subtrees. Nothing here recurses, because stacks may be
// thousands of frames deep.

/**
 * A number for each node, or for each name.
 * @typedef {Float64Array} Values
 */
/**
 * Columns, indexed by node. `own` and `total` are self and total values. `ownBefore` and
 * `totalBefore` are those of the side before in a diff, else zeros. `weight` and `left` are the
 * width and the place of the box.
 * @typedef {{names: Int32Array, depth: Int32Array, parent: Int32Array, end: Int32Array,
 *   own: Values, total: Values, ownBefore: Values, totalBefore: Values, weight: Values, left: Values}} Tree
 */

/**
 * @param {Int32Array} names
 * @param {Int32Array} depth
 * @param {Values} own
 * @param {Values} ownBefore
 * @returns {Tree}
 */
function makeTree(names, depth, own, ownBefore) {
  const path = [-1], end = depth.map((_, i) => i + 1)
  const parent = depth.map((deep, i) => {
    path[deep + 1] = i
    return path[deep]
  })
  for (let i = end.length; --i > 0;) end[parent[i]] = max(end[parent[i]], end[i])
  const total = subtreeSums(parent, own), totalBefore = subtreeSums(parent, ownBefore)
  return {names, depth, parent, end, own, total, ownBefore, totalBefore, weight: own, left: own}
}

/**
 * @param {Int32Array} parent
 * @param {Values} values
 */
function subtreeSums(parent, values) {
  const sums = values.slice()
  for (let i = sums.length; --i > 0;) sums[parent[i]] += sums[i]
  return sums
}

/**
 * Places the boxes: children side by side, from the left edge of their parent.
 * @param {Tree} tree
 * @param {(after: number, before: number) => number} widthOf gives the width of self values
 */
function layOut(tree, widthOf) {
  const {depth, parent, own, ownBefore} = tree
  // By depth: where the next box begins.
  const next = [0]
  tree.weight = subtreeSums(parent, own.map((after, i) => widthOf(after, ownBefore[i])))
  tree.left = tree.weight.map((weight, i) => {
    const deep = depth[i], left = next[deep + 1] = next[deep]
    next[deep] += weight
    return left
  })
}

/**
 * The first child of a node that passes a test; -1 for none.
 * @param {Tree} tree
 * @param {number} i
 * @param {(child: number) => any} test
 */
function findChild({end}, i, test) {
  for (let c = i + 1; c < end[i]; c = end[c]) if (test(c)) return c
  return -1
}

/**
 * The names on the path from the root, which is left out, to a node.
 * @param {Pick<Tree, 'names' | 'parent'>} tree
 * @param {number} i
 */
function pathOf({names, parent}, i) {
  const path = []
  for (; i > 0; i = parent[i]) path.push(names[i])
  return path.reverse()
}

/**
 * The node at the end of a path of names; -1 where the tree has no such path.
 * @param {Tree} tree
 * @param {number[]} path
 */
const nodeAtPath = (tree, path) =>
  path.reduce((i, id) => i < 0 ? i : findChild(tree, i, c => tree.names[c] == id), 0)

/**
 * The outermost nodes of some functions: at most one in each stack.
 * @param {Pick<Tree, 'names' | 'end'>} tree
 * @param {boolean[]} wanted by name id
 */
function outermost({names, end}, wanted) {
  const found = []
  for (let i = 0; i < names.length;) {
    const isWanted = wanted[names[i]]
    if (isWanted) found.push(i)
    i = isWanted ? end[i] : i + 1
  }
  return found
}

/**
 * @param {Values} values
 * @param {Iterable<number>} nodes
 */
function sumOf(values, nodes) {
  let sum = 0
  for (const i of nodes) sum += values[i]
  return sum
}

/**
 * The values of each function, indexed by name id. A recursive function's total counts its
 * outermost calls alone.
 * @typedef {{own: Values, total: Values, ownBefore: Values, totalBefore: Values}} FunctionSums
 */
/**
 * @param {Tree} tree
 * @param {number} count of names
 * @returns {FunctionSums}
 */
function functionSums(tree, count) {
  const column = () => new Float64Array(count)
  const sums = {own: column(), total: column(), ownBefore: column(), totalBefore: column()}
  // How many calls of each function are on the path to the node.
  const open = new Int32Array(count), path = [0]
  tree.names.forEach((id, i) => {
    while (path.length > tree.depth[i]) open[path.pop() || 0]--
    path.push(id)
    sums.own[id] += tree.own[i]
    sums.ownBefore[id] += tree.ownBefore[i]
    if (open[id]++) return
    sums.total[id] += tree.total[i]
    sums.totalBefore[id] += tree.totalBefore[i]
  })
  return sums
}
