// Trees with fewer stacks or frames, as the verbs `focus` and `hide` make them.

/**
 * The stacks that call a function. Values are of the whole stack.
 * @param {Tree} tree
 * @param {number} id
 */
function focused(tree, id) {
  const {names, parent} = tree
  // By node: whether it is a call of the function or below one; then, whether one is below it too.
  const isInside = new Uint8Array(names.length)
  names.forEach((name, i) => isInside[i] = +(name == id || i > 0 && isInside[parent[i]]))
  const isKept = isInside.slice()
  for (let i = names.length; --i > 0;) isKept[parent[i]] |= isKept[i]
  return remade(tree, i => isKept[i], i => isInside[i])
}

/**
 * Without the frames of a function: what they call is called by their callers.
 * @param {Tree} tree
 * @param {number} id
 */
const hidden = (tree, id) => remade(tree, i => tree.names[i] != id, () => 1)

/**
 * A tree of some nodes of another one. The values of a node that is left out go to its caller, and
 * calls that are alike then are one. The heaviest is first, as in a payload.
 * @param {Tree} tree
 * @param {(i: number) => any} isKept
 * @param {(i: number) => number} share of its own values that a node keeps
 */
function remade({names, parent, own, ownBefore}, isKept, share) {
  /** @type {Map<number, number>} */
  const known = new Map(), at = new Int32Array(names.length), from = [0], above = [-1], after = [0], before = [0]
  names.forEach((name, i) => {
    let to = i && at[parent[i]]
    if (i && isKept(i)) {
      const key = to * 2 ** 24 + name, found = known.get(key)
      if (found === undefined) {
        known.set(key, from.length)
        above.push(to)
        to = from.push(name) - 1
        after[to] = before[to] = 0
      } else to = found
    }
    at[i] = to
    after[to] += own[i] * share(i)
    before[to] += ownBefore[i] * share(i)
  })
  return inOrder(from, above, after, before)
}

/**
 * Nodes whose callers come before them, as a tree.
 * @param {number[]} names
 * @param {number[]} above the caller of each node
 * @param {number[]} after
 * @param {number[]} before
 */
function inOrder(names, above, after, before) {
  const parent = Int32Array.from(above), size = subtreeSums(parent, Float64Array.from(after, (value, i) => abs(value) + abs(before[i])))
  /** @type {number[][]} */
  const callees = names.map(() => [])
  /** @type {number[][]} */
  const [depth, order, todo] = [[0], [], [0]]
  above.forEach((caller, i) => {
    if (!i) return
    depth[i] = depth[caller] + 1
    callees[caller].push(i)
  })
  while (todo.length) {
    const i = todo.pop() || 0
    order.push(i)
    for (const callee of callees[i].sort((a, b) => size[a] - size[b])) todo.push(callee)
  }
  /** @param {number[]} column */
  const sorted = column => order.map(i => column[i])
  return makeTree(Int32Array.from(sorted(names)), Int32Array.from(sorted(depth)), Float64Array.from(sorted(after)), Float64Array.from(sorted(before)))
}
