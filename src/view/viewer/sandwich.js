// The sandwich: who calls some functions, and what they call.
//
// Both halves start at the outermost call in each stack, so both add up to the
// functions' total, recursion or not. Groups of nodes are merged name by name
// when a half is first shown; what is too narrow to see becomes "(other)".

/**
 * A node to be: calls at `at`, each with the value of the call `of`.
 * @typedef {{id: number, deep: number, at: number[], of: number[]}} Merge
 */

/**
 * @param {Tree} tree laid out
 * @param {number[]} focus name ids
 * @param {boolean} up callers, else callees
 * @param {number} other name id of what is cut
 * @param {number} [cut] the part of the root that can be seen
 */
function sandwich({ names, parent, end, own, was, total, wasTotal, weight }, focus, up, other, cut = 1 / 8000) {
  /** @type {number[]} */
  const calls = [], out = [], deep = [], nows = [], befores = [];
  const asked = new Set(focus);
  for (let i = 0; i < names.length;) {
    if (asked.has(names[i])) {
      calls.push(i);
      i = end[i];
    } else i++;
  }
  /**
   * @param {ArrayLike<number>} values
   * @param {number[]} nodes
   */
  const sum = (values, nodes) => nodes.reduce((sum, i) => sum + values[i], 0);
  const least = cut * sum(weight, calls);
  /**
   * @param {number} id
   * @param {number} depth
   * @param {number} now
   * @param {number} before
   */
  const push = (id, depth, now, before) => {
    out.push(id);
    deep.push(depth);
    nows.push(now);
    befores.push(before);
  };
  const [one] = focus;
  /** @type {Merge[]} */
  const todo = [];
  if (focus.length == 1) todo.push({ id: one, deep: 0, at: calls, of: calls });
  else push(0, 0, 0, 0);
  if (focus.length != 1) branch(calls, calls, 1);
  /**
   * Puts the groups on the pile, the heaviest on top.
   * @param {number[]} at
   * @param {number[]} of
   * @param {number} deep
   */
  function branch(at, of, deep) {
    /** @type {Map<number, Merge>} */
    const groups = new Map();
    at.forEach((node, k) => {
      const id = names[node], group = groups.get(id) || { id, deep, at: [], of: [] };
      groups.set(id, group);
      group.at.push(node);
      group.of.push(of[k]);
    });
    /** @type {Merge} */
    const rest = { id: other, deep, at: [], of: [] };
    const kept = [...groups.values()].filter(group => {
      const keep = sum(weight, group.of) >= least && group.id != other;
      if (!keep) for (const i of group.of) rest.of.push(i);
      return keep;
    });
    if (rest.of.length) kept.push(rest);
    todo.push(...kept.sort((a, b) => sum(weight, a.of) - sum(weight, b.of)));
  }
  for (let group; group = todo.pop();) {
    const at = [], of = [], ends = [];
    for (let k = 0; k < group.of.length; k++) {
      const node = group.at[k], call = group.of[k];
      if (up && parent[node] > 0) at.push(parent[node]), of.push(call);
      else if (up || node == undefined) ends.push(call);
      else for (let c = node + 1; c < end[node]; c = end[c]) at.push(c), of.push(c);
    }
    const mine = up || group.id == other ? [total, wasTotal] : [own, was];
    const leaves = up || group.id == other ? ends : group.at;
    push(group.id, group.deep, sum(mine[0] || [], leaves), mine[1] ? sum(mine[1], leaves) : 0);
    branch(at, of, group.deep + 1);
  }
  return grow(Uint32Array.from(out), Uint32Array.from(deep), Float64Array.from(nows),
    was && Float64Array.from(befores));
}
