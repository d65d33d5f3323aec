// A tree as columns in pre-order, and the ways through it.
//
// Node 0 is the root; the subtree of node i is i .. end[i]. So a subtree is
// skipped in one step, a sum over subtrees is one pass backwards, and nothing
// here recurses: stacks may be thousands of frames deep.

/**
 * A number for each node or name.
 * @typedef {Float64Array} Values
 */
/**
 * Indexed by node. `was` and `wasTotal` are the side before of a diff, else zeros. `weight`
 * and `left` are the width and the place of the box.
 * @typedef {{names: Int32Array, depth: Int32Array, parent: Int32Array, end: Int32Array,
 *   own: Values, total: Values, was: Values, wasTotal: Values, weight: Values, left: Values}} Tree
 */

/**
 * A tree of its columns; values are self values.
 * @param {Int32Array} names
 * @param {Int32Array} depth
 * @param {Values} own
 * @param {Values} was
 * @returns {Tree}
 */
function grow(names, depth, own, was) {
  const path = [-1], end = depth.map((_, i) => i + 1)
  const parent = depth.map((deep, i) => {
    path[deep + 1] = i
    return path[deep]
  })
  for (let i = end.length; --i > 0;) end[parent[i]] = max(end[parent[i]], end[i])
  return {names, depth, parent, end, own, was, total: summed(parent, own), wasTotal: summed(parent, was), weight: own, left: own}
}

/**
 * The values of subtrees.
 * @param {Int32Array} parent
 * @param {Values} values
 */
function summed(parent, values) {
  const sums = values.slice()
  for (let i = sums.length; --i > 0;) sums[parent[i]] += sums[i]
  return sums
}

/**
 * Places the boxes: children from the left edge of their parent.
 * @param {Tree} tree
 * @param {(now: number, was: number) => number} weigh of self values
 */
function lay(tree, weigh) {
  const {depth, was} = tree, edge = [0]
  tree.weight = summed(tree.parent, tree.own.map((now, i) => weigh(now, was[i])))
  tree.left = tree.weight.map((weight, i) => {
    const deep = depth[i], left = edge[deep + 1] = edge[deep]
    edge[deep] += weight
    return left
  })
}

/**
 * The first child of a node for which `is` holds; -1 for none.
 * @param {Tree} tree
 * @param {number} i
 * @param {(child: number) => any} is
 */
function child({end}, i, is) {
  for (let c = i + 1; c < end[i]; c = end[c]) if (is(c)) return c
  return -1
}

/**
 * The names from the root's child to a node.
 * @param {Tree} tree
 * @param {number} i
 */
function pathOf({names, parent}, i) {
  const path = []
  for (; i > 0; i = parent[i]) path.push(names[i])
  return path.reverse()
}

/**
 * The node that names lead to; -1 where the tree has none.
 * @param {Tree} tree
 * @param {number[]} path
 */
const follow = (tree, path) => path.reduce((i, id) => i < 0 ? i : child(tree, i, c => tree.names[c] == id), 0)

/**
 * The outermost nodes of some functions: each stack passes at most one.
 * @param {Pick<Tree, 'names' | 'end'>} tree
 * @param {boolean[]} hits by name id
 */
function outermost({names, end}, hits) {
  const found = []
  for (let i = 0; i < names.length;) {
    const hit = hits[names[i]]
    if (hit) found.push(i)
    i = hit ? end[i] : i + 1
  }
  return found
}

/**
 * @param {Values} values
 * @param {number[]} nodes
 */
const sumOf = (values, nodes) => nodes.reduce((sum, i) => sum + values[i], 0)

/**
 * Self, total, and both before, of every function; of recursion the outermost call counts.
 * @param {Tree} tree
 * @param {number} count of names
 */
function functions({names, depth, own, total, was, wasTotal}, count) {
  const sums = [own, total, was, wasTotal].map(() => new Float64Array(count)), open = new Int32Array(count), path = [0]
  names.forEach((id, i) => {
    while (path.length > depth[i]) open[path.pop() || 0]--
    path.push(id)
    sums[0][id] += own[i]
    sums[2][id] += was[i]
    if (open[id]++) return
    sums[1][id] += total[i]
    sums[3][id] += wasTotal[i]
  })
  return sums
}
