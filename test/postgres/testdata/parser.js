// Reads texts from its input, each a string of JSON in a line of its own, and prints what the PostgreSQL of the package
// libpg-query makes of each, in the form of PostgreSQL 17; an empty line where it refuses the text.
const {parseSync, loadModule} = require('libpg-query');

// What statements have in one release and not in 17, and which says nothing about tables and functions.
const others = new Set([
  // 15
  'location', 'strategy', 'matched', 'admin_opt', 'stxstattarget',
  // 18
  'ATAlterConstraint', 'without_overlaps', 'list_start', 'list_end', 'rexpr_list_start',
  'rexpr_list_end', 'jumble_args', 'contype', 'is_enforced', 'generated_kind', 'fk_with_period', 'pk_with_period',
]);

// as17 renames what later releases have renamed.
function as17(node) {
  if (Array.isArray(node)) return node.map(as17);
  if (node === null || typeof node !== 'object') return node;
  const out = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === 'returningClause') out.returningList = as17(value.exprs);
    else if (!others.has(key)) out[key] = as17(value);
  }
  return out;
}

(async () => {
  await loadModule();
  for await (const line of require('readline').createInterface({input: process.stdin})) {
    // The package takes no empty text.
    let tree = '';
    try { tree = JSON.stringify(as17(parseSync(';' + JSON.parse(line)))); } catch (e) { if (e.name !== 'SqlError') throw e; }
    process.stdout.write(tree + '\n');
  }
})();
