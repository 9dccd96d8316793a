// Recorded trainings in the page: what a kernel does for the live panel (panel.js), without one.
// A page holds <div class="msgan-player" data-trace="NAME">; players/NAME.js holds the recording.
// And two small things that the theme leaves to be done.
(() => {
  "use strict";
  const TYPES = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array };
  const here = document.currentScript.src.replace(/[^/]*$/, "");

  // Summaries of search results need files that a page opened by a double click may not read.
  if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined")
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  function reachable() {  // what has to be scrolled sideways is reached with the keyboard
    for (const box of document.querySelectorAll(".formula, p:has(> math)"))
      box.scrollWidth > box.clientWidth + 1 ? (box.tabIndex = 0) : box.removeAttribute("tabindex");
  }
  addEventListener("resize", reachable);
  reachable();

  const loaded = new Map();
  function load(name) {
    if (!loaded.has(name))
      loaded.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.onload = resolve; script.onerror = reject;
        script.src = `${here}players/${name}.js`;
        document.head.append(script);
      }));
    return loaded.get(name);
  }

  async function unpacked({ type, shape, data }) {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const values = new TYPES[type](await new Response(stream).arrayBuffer());
    const size = shape.reduce((a, b) => a * b, 1);
    return { type, shape, at: (moment) => values.subarray(moment * size, (moment + 1) * size) };
  }

  // The panel's model: it gets the panel's messages and answers with frames of the recording.
  function recording(trace, arrays, caption) {
    const last = trace.steps.length - 1, answered = [];
    let receive = () => {}, moment = 0, playing = false, speed = 8, timer = 0, count = 0;
    const curves = Object.entries(trace.curves).map(([name, list]) => [name, new Float32Array(list)]);

    function until(list, step) {  // the points of a line up to a step
      let end = 0;
      while (end < list.length && list[end] <= step) end += 2;
      return list.subarray(0, end);
    }
    function show() {
      const parts = Object.entries(arrays).map(([name, a]) => [name, a.type, a.shape, a.at(moment)]);
      for (const [name, list] of curves) {
        const line = until(list, trace.steps[moment]);
        parts.push([name, "float32", [line.length / 2, 2], line]);
      }
      const message = {
        k: "frame", n: ++count, status: trace.status[moment], playing, moves: { moment },
        arrays: parts.map(([name, type, shape]) => [name, type, shape]), answered: answered.splice(0),
      };
      receive(message, parts.map((part) => part[3]));
    }
    function run(on) {
      clearInterval(timer);
      playing = on;
      if (on) timer = setInterval(next, 1000 / speed);
    }
    function next() {  // a film ends at its last moment, and stays there
      moment += 1;
      if (moment >= last) { moment = last; run(false); }
      show();
    }
    const acts = {
      play() { if (moment >= last) moment = 0; run(true); },
      pause() { run(false); },
      step() { run(false); moment = Math.min(last, moment + 1); },
      reset() { run(false); moment = 0; },
      set(name, value) {
        if (name === "moment") moment = Math.min(last, Math.max(0, Math.round(value)));
        else if (name === "__speed") { speed = value; run(playing); }
      },
    };
    return {
      get: () => ({ ...trace.panel, caption }),
      on: (_, listener) => { receive = listener; },
      off: () => { run(false); receive = () => {}; },
      send(message) {
        if (message.k === "ready") show();
        if (!acts[message.k]) return;
        acts[message.k](message.name, message.value);
        answered.push(message.id);
        receive({ k: "echo", id: message.id, name: message.name }, []);
        show();
      },
    };
  }

  async function open(place) {
    const { trace: name, caption } = place.dataset;
    await Promise.all([load("panel"), load(name)]);
    const trace = window.msganTraces[name], arrays = {};
    for (const [key, array] of Object.entries(trace.arrays)) arrays[key] = await unpacked(array);
    const box = document.createElement("div");
    place.append(box);
    window.msganPanel.render({ model: recording(trace, arrays, caption), el: box });
    place.classList.add("is-live");  // until then, and on paper, the static picture is shown
  }

  const watch = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries)
      if (isIntersecting) { watch.unobserve(target); open(target).catch(console.error); }
  }, { rootMargin: "1000px" });
  document.querySelectorAll(".msgan-player").forEach((place) => watch.observe(place));
})();
