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
