// Search: names are tested once each, then one scan adds what matches.

/**
 * A test for names; `null` for no search. `/…/` is a regular expression, anything else is
 * looked for as it stands; case does not matter.
 * @param {string} text
 * @returns {((name: string) => boolean) | null}
 * @throws {SyntaxError} for a regular expression that is none
 */
function tester(text) {
  if (!text) return null;
  const regex = /^\/(.+)\/$/s.exec(text);
  if (regex) {
    const test = new RegExp(regex[1], 'i');
    return name => test.test(name);
  }
  const low = text.toLowerCase();
  return name => name.toLowerCase().includes(low);
}

/**
 * What passes through any match, before and after: the outermost match of a stack counts.
 * @param {Tree} tree
 * @param {ArrayLike<number>} hits by name id
 */
function matched({ names, end, total, wasTotal }, hits) {
  let now = 0, was = 0;
  for (let i = 0; i < names.length;) {
    if (hits[names[i]]) {
      now += total[i];
      if (wasTotal) was += wasTotal[i];
      i = end[i];
    } else i++;
  }
  return { now, was };
}
