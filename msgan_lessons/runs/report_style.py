"""How the gallery looks: one column on a phone, two figures abreast on a desk, light and dark."""

__all__ = ["STYLE"]

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #f6f7f9;
  --card: #ffffff; --line: #d5dae0; --link: #0a5a94; --good: #00704f; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #a5afba; --paper: #14171b;
  --card: #1d2127; --line: #363d46; --link: #7cc0f0; --good: #4fd0a5; --bad: #ff8f85; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header, main { max-width: 68rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 1rem 0 0.3rem; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 0.3rem; }
p { margin: 0.3rem 0; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; padding: 0; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 1rem 1.2rem; margin: 0 0 1.2rem; overflow-wrap: anywhere; }
article.failed { border-left: 6px solid var(--bad); }
.meta, figcaption { color: var(--soft); font-size: 0.92rem; }
.cause { color: var(--bad); }
.links a { display: inline-block; margin-right: 1.2rem; }
.figures { display: grid; gap: 1rem; margin: 0.8rem 0;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
.figures:empty { display: none; }
figure { margin: 0; }
img { display: block; width: 100%; max-width: 46rem; height: auto; background: #ffffff;
  border: 1px solid var(--line); border-radius: 6px; }
details ul { padding-left: 1.1rem; margin: 0.4rem 0; }
summary { cursor: pointer; }
li.holds b { color: var(--good); }
li.fails b { color: var(--bad); }
code { font: 0.92em ui-monospace, "DejaVu Sans Mono", Consolas, monospace; }
@media print { article { break-inside: avoid; } nav { display: none; } }
"""
