"""The style of an exported page: the window's colours, light and dark."""

STYLE = """
:root { color-scheme: light dark; --back: #eaedf3; --card: #fff; --person: #e9effd; --edge: #dce0e9;
  --person-edge: #bccdf5; --inset: #f1f3f8; --text: #2a3140; --strong: #10151f; --dim: #465063;
  --accent: #2858d2; --added: #dcf3e3; --added-text: #136133; --removed: #fbe3e1; --removed-text: #ae241f;
  --hunk: #e4ebfb; }
@media (prefers-color-scheme: dark) { :root { --back: #0e1016; --card: #191d27; --person: #1b2338;
  --edge: #262c3a; --person-edge: #2b3a63; --inset: #0d1017; --text: #d9dee8; --strong: #f2f4f8;
  --dim: #a0a9bc; --accent: #86abff; --added: #14301f; --added-text: #6fd492; --removed: #351b1f;
  --removed-text: #ff9d98; --hunk: #18233d; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem 4rem; background: var(--back); color: var(--text);
  font: 16px/1.55 Inter, "Segoe UI", system-ui, sans-serif; }
header, main { max-width: 56rem; margin: 0 auto; }
h1, h2, h3, h4 { color: var(--strong); line-height: 1.3; margin: 1.2em 0 .4em; }
h1 { font-size: 1.5rem; margin-top: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; }
h2 em { color: var(--accent); font-style: normal; float: right; }
h3 { font-size: .95rem; margin: 0 0 .6em; display: flex; gap: .8em; align-items: baseline;
  overflow-wrap: anywhere; }
h4 { font-size: 1rem; }
time { margin-left: auto; color: var(--dim); font-weight: 400; font-size: .8rem; white-space: nowrap; }
header p, .note { color: var(--dim); font-size: .85rem; }
.note, .name { margin: .6em 0 .3em; overflow-wrap: anywhere; }
.name { color: var(--dim); font-size: .85rem; font-weight: 600; }
article, .costs { background: var(--card); border: 1px solid var(--edge); border-radius: 12px;
  padding: 1rem 1.2rem; margin: 0 0 .9rem; }
article.user { background: var(--person); border-color: var(--person-edge); }
.said { overflow-wrap: anywhere; }
.said > :first-child { margin-top: 0; }
.said > :last-child { margin-bottom: 0; }
details { margin: .6em 0; border: 1px solid var(--edge); border-radius: 8px; padding: .35em .8em; }
main > details { background: var(--card); margin-bottom: .9rem; }
summary { cursor: pointer; font-size: .9rem; font-weight: 600; overflow-wrap: anywhere; }
summary em { color: var(--dim); font-style: normal; font-weight: 400; margin-left: .5em; }
pre, code { font-family: "JetBrains Mono", "Cascadia Mono", ui-monospace, monospace; font-size: .85em; }
pre { background: var(--inset); border: 1px solid var(--edge); border-radius: 8px; padding: .7em .9em;
  margin: .4em 0; overflow-x: auto; white-space: pre; line-height: 1.45; }
code { background: var(--inset); border-radius: 4px; padding: .1em .3em; }
blockquote { margin: .6em 0; padding-left: 1em; border-left: 3px solid var(--edge); color: var(--dim); }
table { border-collapse: collapse; display: block; overflow-x: auto; font-size: .9rem; margin: .6em 0; }
th, td { border: 1px solid var(--edge); padding: .3em .7em; text-align: left; }
.costs td:not(:first-child), .costs th:not(:first-child) { text-align: right; }
.diff { padding: .5em 0; }
.diff span { display: inline-block; min-width: 100%; padding: 0 .9em; }
.diff .added { background: var(--added); color: var(--added-text); }
.diff .removed { background: var(--removed); color: var(--removed-text); }
.diff .hunk { background: var(--hunk); color: var(--accent); }
img { display: block; max-width: 100%; border-radius: 8px; margin: .4em 0; }
@media print { body { background: #fff; padding: 0; } article, details { break-inside: avoid; } }
"""
