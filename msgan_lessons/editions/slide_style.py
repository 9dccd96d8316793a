"""How the slides look, and what keeps each within its page."""

__all__ = ["FIT", "STYLE", "TEMPLATE"]

STYLE = """\
html, body { background: #fff; color: #1a1a1a; }
main { height: 100%; }
.reveal { font: 26px/1.36 "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif; }
.reveal .slides { text-align: left; }
.reveal .slides > section > section { box-sizing: border-box; height: 100%; padding: 20px 44px;
  overflow: auto; }
.reveal h1 { font-size: 52px; line-height: 1.15; margin: 90px 0 30px; color: #0b3d66; }
.reveal h2 { font-size: 40px; line-height: 1.2; margin: 0 0 16px; color: #0b3d66; }
.reveal h3 { font-size: 30px; line-height: 1.2; margin: 0 0 10px; color: #0b3d66; }
.reveal .section { font-size: 20px; margin: 0 0 14px; color: #45596b; }
.reveal p { margin: 0 0 0.6em; }
.reveal strong, .reveal b { font-weight: bold; }
.reveal em, .reveal i { font-style: italic; }
.reveal ul, .reveal ol { margin: 0 0 0.6em 1.2em; padding: 0; }
.reveal li { margin: 0.15em 0; }
.reveal a { color: #0a5a94; }
.reveal a.anchor-link { display: none; }
.reveal table { border-collapse: collapse; margin: 0 0 0.6em; font-size: 0.85em; }
.reveal th, .reveal td { border-bottom: 1px solid #c9d1d9; padding: 0.25em 0.7em;
  text-align: left; vertical-align: top; }
.reveal code { font-family: "DejaVu Sans Mono", Consolas, Menlo, monospace; font-size: 0.86em; }
.reveal pre { font: 19px/1.4 "DejaVu Sans Mono", Consolas, Menlo, monospace; margin: 0;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.reveal .jp-Cell { margin-bottom: 12px; }
.reveal .highlight { background: #f6f8fa; padding: 14px 18px; border-radius: 6px; }
.reveal .jp-Cell-outputWrapper pre { padding: 12px 18px 0; color: #24292f; }
.reveal fieldset { border: 0; margin: 0; padding: 0; }
.reveal legend { margin-bottom: 12px; }
.reveal summary { cursor: pointer; }
.reveal figure { margin: 0; }
.reveal figure > img { display: block; width: 100%; max-height: 530px; object-fit: contain;
  object-position: left top; }
.reveal figure[id^="clip"] { zoom: 1.9; }
.reveal figure[id^="clip"] figcaption { zoom: 0.55; }
.reveal figcaption { font-size: 20px; color: #3c4650; margin-top: 10px; }
.reveal .formula { display: flex; align-items: center; gap: 1rem; margin: 0.5em 0 0.7em; }
.reveal .formula math { flex: 1; font-size: 1.15em; }
.reveal .slide-number { left: 12px; right: auto; color: #45596b;
  background: none; font-size: 16px; }
.reveal .controls, .reveal .progress { color: #0a5a94; }
"""

FIT = """\
// what is a little too tall gets smaller letters; what is far too tall scrolls
function fit(slide) {
  if (!slide || slide.dataset.fitted) return;
  slide.dataset.fitted = "1";
  const over = () => slide.scrollHeight > slide.clientHeight + 1
    || slide.scrollWidth > slide.clientWidth + 1;
  for (let zoom = 0.95; over() && zoom > 0.6; zoom -= 0.05)
    for (const part of slide.children) part.style.zoom = zoom;
  if (over()) slide.tabIndex = 0;  // so that the keyboard scrolls it
}
Reveal.initialize({ width: 1280, height: 720, margin: 0, center: false, hash: true,
  controls: true, progress: true, slideNumber: "c/t", transition: "none", plugins: [RevealNotes] });
Reveal.on("ready", event => fit(event.currentSlide));
Reveal.on("slidechanged", event => fit(event.currentSlide));
"""

TEMPLATE = """\
{%- extends 'base.html.j2' -%}
{%- block header -%}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="connect-src 'none'; font-src data:;
  img-src data:; media-src data:; object-src 'none'; base-uri 'none';
  script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<title>{{ resources.slides.title | escape_html }}</title>
{% for css in resources.slides.styles -%}
<style>
{{ css }}
</style>
{% endfor -%}
</head>
{%- endblock header -%}
{%- block body_header -%}
<body>
<main>
<div class="reveal">
<div class="slides">
{%- endblock body_header -%}
{%- block body_footer -%}
</div>
</div>
</main>
{%- endblock body_footer -%}
{%- block footer -%}
{% for script in resources.slides.scripts -%}
<script>
{{ script }}
</script>
{% endfor -%}
</body>
</html>
{%- endblock footer -%}
"""
