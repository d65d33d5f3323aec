// A tree as columns in pre-order, and the ways through it.
//
// Node 0 is the root; the subtree of node i is i .. end[i]. So a subtree is
// skipped in one step, a sum over subtrees is one pass backwards, and nothing
// here recurses: stacks may be thousands of frames deep.

/**
 * Indexed by node. `was` and `wasTotal` are the side before of a diff. `weight` and
 * `left` are the width and the place of the box; `sorted`: siblings come heaviest first.
 * @typedef {{names: Uint32Array, depth: Uint32Array, parent: Int32Array, end: Uint32Array,
 *   own: Float64Array, total: Float64Array, was?: Float64Array, wasTotal?: Float64Array,
 *   weight: Float64Array, left: Float64Array, sorted: boolean}} Tree
 */

/**
 * A tree of its columns; values are self values.
 * @param {Uint32Array} names
 * @param {Uint32Array} depth
 * @param {Float64Array} own
 * @param {Float64Array} [was]
 * @returns {Tree}
 */
function grow(names, depth, own, was) {
  const n = names.length, parent = new Int32Array(n).fill(-1), end = new Uint32Array(n);
  /** @type {number[]} */
  const path = [];
  for (let i = 0; i < n; i++) {
    path[depth[i]] = i;
    if (i) parent[i] = path[depth[i] - 1];
  }
  for (let i = n - 1; i >= 0; i--) {
    end[i] = Math.max(end[i], i + 1);
    if (i) end[parent[i]] = Math.max(end[parent[i]], end[i]);
  }
  const tree = { names, depth, parent, end, own, was, sorted: true };
  const total = summed(tree, i => own[i]);
  return { ...tree, total, wasTotal: was && summed(tree, i => was[i]), weight: total, left: own };
}

/**
 * Sums of a value of each node over subtrees.
 * @param {{parent: Int32Array}} tree
 * @param {(i: number) => number} value
 */
function summed({ parent }, value) {
  const sums = new Float64Array(parent.length);
  for (let i = sums.length - 1; i >= 0; i--) {
    sums[i] += value(i);
    if (i) sums[parent[i]] += sums[i];
  }
  return sums;
}

/**
 * Places the boxes: children from the left edge of their parent.
 * @param {Tree} tree
 * @param {(own: number, was: number) => number} weigh of self values
 */
function lay(tree, weigh) {
  const { depth, own, was } = tree, n = own.length;
  const weight = summed(tree, i => weigh(own[i], was ? was[i] : 0)), left = new Float64Array(n);
  const edge = [0], last = [Infinity];
  tree.sorted = true;
  for (let i = 0; i < n; i++) {
    const d = depth[i];
    left[i] = edge[d + 1] = edge[d];
    edge[d] += weight[i];
    if (weight[i] > last[d]) tree.sorted = false;
    last[d] = weight[i];
    last[d + 1] = Infinity;
  }
  tree.weight = weight;
  tree.left = left;
}

/**
 * The child of a node that is called so; -1 for none.
 * @param {Tree} tree
 * @param {number} i
 * @param {(child: number) => boolean} is
 */
function child({ end }, i, is) {
  for (let c = i + 1; c < end[i]; c = end[c]) if (is(c)) return c;
  return -1;
}

/**
 * The names from the root's child to a node.
 * @param {Tree} tree
 * @param {number} i
 */
function pathOf({ names, parent }, i) {
  const path = [];
  for (; i > 0; i = parent[i]) path.unshift(names[i]);
  return path;
}

/**
 * The node that names lead to; -1 where the tree has none.
 * @param {Tree} tree
 * @param {number[]} path
 */
function follow(tree, path) {
  return path.reduce((i, id) => i < 0 ? i : child(tree, i, c => tree.names[c] == id), 0);
}

/**
 * Self and total of every function, by name id; a stack counts once however often
 * a function recurs in it.
 * @param {Tree} tree
 * @param {number} count of names
 */
function functions({ names, depth, own, total, was, wasTotal }, count) {
  const sums = [0, 1, 2, 3].map(() => new Float64Array(count));
  const open = new Uint32Array(count);
  /** @type {number[]} */
  const path = [];
  for (let i = 0; i < names.length; i++) {
    const id = names[i];
    while (path.length > depth[i]) open[path.pop() || 0]--;
    path.push(id);
    sums[0][id] += own[i];
    if (was) sums[2][id] += was[i];
    if (open[id]++) continue;
    sums[1][id] += total[i];
    if (wasTotal) sums[3][id] += wasTotal[i];
  }
  return sums;
}
