// Callers: stacks merged by name, from the frame that each starts at up to the root.
//
// The upper half of a sandwich and the inverted tree are made by this. All stacks are one array;
// a group of them is a range in it, which is sorted in place into the groups of its callers. So
// there is no object for a node here either.

/**
 * The stacks to merge: the nodes they start at, and their values by that node. A group that is
 * narrower than `least` becomes "(other)".
 * @typedef {{starts: Iterable<number>, after: Values, before: Values, weight: Values, least: number}} StackGroup
 */

/** After so many frames the rest becomes "(other)", or very deep recursion would take minutes. */
const MOST_STEPS = 3e7

/** Up to so many frames an inverted tree is complete, however narrow its boxes. */
const COMPLETE = 5e5

/**
 * The stacks while they are merged. By stack: the node that it starts at, the node that it has
 * reached, and copies of both to sort from. By name id: weight, size and place of the groups that
 * one group is sorted into. `found` has the names of those.
 * @typedef {{start: Int32Array, node: Int32Array, startCopy: Int32Array, nodeCopy: Int32Array,
 *   weights: Values, sizes: Int32Array, places: Int32Array, found: number[]}} Merging
 */

/**
 * The callers as a tree that grows from where the stacks start.
 * @param {Tree} tree
 * @param {StackGroup} stacks
 * @param {number} rootName the function that all stacks start at; 0 for stacks of several
 *   functions, which are the first level then
 * @param {number} other name id of what is too narrow
 */
function callers(tree, stacks, rootName, other) {
  const {names, parent} = tree, merging = startMerging(tree, stacks, other), {start, sizes, places, weights, found} = merging
  // Where the stacks of a group go on, by node: each ends at 0, or is at its first node.
  const ends = new Int32Array(parent.length), first = ends.map((_, i) => i)
  /** @type {any[]} */
  const [outNames, outDepth, outAfter, outBefore] = [[], [], [], []]
  /** Groups to do, four numbers each: name, depth, first stack, end. @type {any[]} */
  const todo = [rootName, 0, 0, start.length]
  for (let steps = 0; todo.length;) {
    const to = todo.pop(), from = todo.pop(), depth = todo.pop(), name = todo.pop()
    const above = name == other ? ends : depth || rootName ? parent : first
    const [after, before] = moveUp(merging, names, stacks, from, to, above)
    outNames.push(name)
    outDepth.push(depth)
    outAfter.push(after)
    outBefore.push(before)
    steps += to - from
    const end = sortGroup(merging, names, from, to)
    let kept = steps < MOST_STEPS ? found.filter(id => weights[id] >= stacks.least).length : 0
    const rest = kept ? places[found[kept - 1]] : from
    // The last group in the list is the next one to do, so the heaviest is added last.
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

/**
 * @param {Tree} tree
 * @param {StackGroup} stacks
 * @param {number} other
 * @returns {Merging}
 */
function startMerging({names}, {starts}, other) {
  const start = Int32Array.from(starts), count = names.reduce((most, id) => max(most, id), other) + 1
  return {
    start, node: start.slice(), startCopy: start.slice(), nodeCopy: start.slice(),
    weights: new Float64Array(count), sizes: new Int32Array(count), places: new Int32Array(count), found: []
  }
}

/**
 * Moves the stacks of a group one frame up and finds the groups of their callers. The values of
 * stacks that end here are returned, after and before.
 * @param {Merging} merging
 * @param {Int32Array} names
 * @param {StackGroup} stacks
 * @param {number} from
 * @param {number} to
 * @param {Int32Array} above the node that each node's stack goes on to; 0 where it ends
 */
function moveUp({start, node, startCopy, nodeCopy, weights, sizes, found}, names, {after, before, weight}, from, to, above) {
  let ownAfter = 0, ownBefore = 0
  for (let k = from; k < to; k++) {
    const first = startCopy[k] = start[k], up = nodeCopy[k] = above[node[k]]
    if (up > 0) {
      const id = names[up]
      if (!sizes[id]++) found.push(id)
      weights[id] += weight[first]
    } else {
      ownAfter += after[first]
      ownBefore += before[first]
    }
  }
  return [ownAfter, ownBefore]
}

/**
 * Sorts the stacks of a group that go on by their callers, the heaviest callers first. After that
 * the place of each caller is the end of its group. Returns the end of all.
 * @param {Merging} merging
 * @param {Int32Array} names
 * @param {number} from
 * @param {number} to
 */
function sortGroup({start, node, startCopy, nodeCopy, weights, sizes, places, found}, names, from, to) {
  found.sort((a, b) => weights[b] - weights[a])
  let end = from
  for (const id of found) {
    places[id] = end
    end += sizes[id]
  }
  for (let k = from; k < to; k++) {
    if (nodeCopy[k] <= 0) continue
    const place = places[names[nodeCopy[k]]]++
    start[place] = startCopy[k]
    node[place] = nodeCopy[k]
  }
  return end
}

/**
 * The whole tree from its leaves: each function with self values, then its callers.
 * @param {Tree} tree
 * @param {(after: number, before: number) => number} widthOf of self values
 * @param {number} other name id of what is too narrow
 */
function invert(tree, widthOf, other) {
  const {depth, own, ownBefore} = tree
  const weight = own.map((after, i) => widthOf(after, ownBefore[i]))
  const starts = depth.map((_, i) => i).filter(i => own[i] || ownBefore[i])
  const steps = starts.reduce((sum, i) => sum + depth[i], 0)
  const least = steps > COMPLETE ? NARROW * sumOf(weight, starts) : 0
  return callers(tree, {starts, after: own, before: ownBefore, weight, least}, 0, other)
}
