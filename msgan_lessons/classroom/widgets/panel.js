// The page's side of a live panel (panel.py): paints frames on canvases, sends what is moved.
// Messages out: {k: "set"|"press"|"point"|"play"|"pause"|"step"|"reset"|"seen"|"ready", name, value, id}.
// Messages in: {k: "frame", n, status, playing, arrays: [[name, dtype, shape]], answered: [id]} with
// one buffer an array; {k: "echo", id}; {k: "error", text}.

const TYPES = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array };
const STYLE = `
.msgan-panel { color: var(--jp-ui-font-color1, #212121); font: 13px var(--jp-ui-font-family, system-ui, sans-serif); max-width: 1180px; }
.msgan-panel .bar { display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; margin: 4px 0 8px; }
.msgan-panel button, .msgan-panel select { font: inherit; color: inherit; background: var(--jp-layout-color2, #eee); border: 1px solid var(--jp-border-color1, #bdbdbd); border-radius: 4px; padding: 4px 12px; cursor: pointer; }
.msgan-panel button.main { min-width: 5.5em; background: #0072B2; border-color: #0072B2; color: #fff; font-weight: 600; }
.msgan-panel button:focus-visible, .msgan-panel select:focus-visible, .msgan-panel input:focus-visible, .msgan-panel summary:focus-visible, .msgan-panel canvas:focus-visible { outline: 3px solid #E69F00; outline-offset: 1px; }
.msgan-panel label { display: inline-flex; gap: 6px; align-items: center; }
.msgan-panel input[type=range] { width: 130px; }
.msgan-panel output { display: inline-block; min-width: 4.2em; font-variant-numeric: tabular-nums; }
.msgan-panel [role=status] { font-variant-numeric: tabular-nums; min-height: 1.4em; }
.msgan-panel [role=alert] { color: #fff; background: #a3001b; border-radius: 4px; padding: 6px 10px; margin: 4px 0; }
.msgan-panel [role=alert]:empty { display: none; }
.msgan-panel .views { display: flex; flex-wrap: wrap; gap: 14px 22px; align-items: flex-start; }
.msgan-panel .stack { display: flex; flex-direction: column; gap: 8px; }
.msgan-panel figure { margin: 0; }
.msgan-panel figcaption { font-weight: 600; margin-bottom: 4px; width: 0; min-width: 100%; }
.msgan-panel canvas { background: #fff; display: block; max-width: 100%; }
.msgan-panel .framed { border: 1px solid var(--jp-border-color1, #bdbdbd); }
.msgan-panel .legend { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 2px 0; font-size: 12px; }
.msgan-panel .key { display: inline-block; width: 16px; height: 0; border-top: 3px solid; vertical-align: middle; margin-right: 5px; }
.msgan-panel details { margin-top: 8px; }
.msgan-panel summary { cursor: pointer; font-weight: 600; }
.msgan-panel details > .bar { padding-left: 14px; }
.msgan-panel table { border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums; }
.msgan-panel table th { font-weight: 400; padding: 2px 6px; text-align: center; }
.msgan-panel table th.row { text-align: right; }
.msgan-panel td.field { width: 58px; height: 30px; text-align: center; font-size: 12px; background: var(--jp-layout-color2, #eee); }
.msgan-panel .axis { font-size: 12px; color: var(--jp-ui-font-color2, #555); }
.msgan-panel .bars td { padding: 1px 4px; }
.msgan-panel .track { position: relative; height: 11px; margin: 1px 0; background: var(--jp-layout-color2, #eee); }
.msgan-panel .track i { position: absolute; top: 0; bottom: 0; }
.msgan-panel .track b { position: absolute; top: -1px; bottom: -1px; width: 1px; background: var(--jp-ui-font-color1, #212121); }
.msgan-panel .bars .number { font-size: 11px; line-height: 13px; width: 3.6em; text-align: right; }
.msgan-panel .steps { display: flex; flex-wrap: wrap; gap: 4px 28px; max-width: 1100px; }
.msgan-panel .steps .turn { flex: 1 1 400px; }
.msgan-panel .steps h4 { margin: 6px 0 2px; font-size: 13px; }
.msgan-panel .steps ol { margin: 0; padding-left: 2.2em; }
.msgan-panel .steps li { padding: 2px 6px; border-left: 4px solid transparent; }
.msgan-panel .steps li code { font: 12px var(--jp-code-font-family, monospace); background: none; white-space: pre-wrap; }
.msgan-panel .steps li math { margin-left: 10px; opacity: 0.55; }
.msgan-panel .steps li.current { border-left-color: #E69F00; background: var(--jp-layout-color2, #eee); }
.msgan-panel .steps li.current math { opacity: 1; font-weight: 600; }
.msgan-panel .said { min-height: 2.6em; margin: 6px 0 0; max-width: 540px; }
.msgan-panel .grid { display: grid; grid-template-columns: auto auto; justify-content: start; }
.msgan-panel .columns, .msgan-panel .rows { display: flex; font-size: 12px; }
.msgan-panel .columns span, .msgan-panel .rows span { flex: 1; display: flex; align-items: center; justify-content: center; }
.msgan-panel .rows { flex-direction: column; } .msgan-panel .rows span { justify-content: flex-end; padding-right: 6px; }
.msgan-panel p.caption { margin: 8px 0 0; color: var(--jp-ui-font-color2, #555); max-width: 80ch; }
`;

const element = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) key === "text" ? (node.textContent = value) : node.setAttribute(key, value);
  node.append(...children);
  return node;
};
const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
const short = (value) => (value === 0 ? "0" : !Number.isFinite(value) ? "–" : Math.abs(value) >= 1000 || (value !== 0 && Math.abs(value) < 0.01) ? value.toExponential(1) : value.toPrecision(3));
let ids = 0;

// ---- views: each returns {node, paint(arrays)}; arrays: name -> {data, shape} --------------------

function canvasFigure(spec, width, height, focusable) {
  const canvas = element("canvas", { role: "img", width, height, "aria-label": spec.label });
  if (focusable) { canvas.tabIndex = 0; canvas.dataset.lmSuppressShortcuts = "true"; }
  const figure = element("figure", { "data-view": spec.name }, element("figcaption", { text: spec.label }));
  return { canvas, figure, pen: canvas.getContext("2d") };
}

function bitmap(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width; canvas.height = height;
  return { canvas, pen: canvas.getContext("2d"), image: new ImageData(width, height) };
}

function planeView(spec, page) {
  const { canvas, figure, pen } = canvasFigure(spec, spec.size, spec.size);
  canvas.className = "framed";
  figure.append(canvas);
  const on = Object.fromEntries(spec.layers.map((l) => [l.key, l.on]));
  if (spec.layers.length > 1) {
    const ticks = element("div", { class: "bar", role: "group", "aria-label": spec.label }, `${spec.label.split(":")[0]}:`);
    for (const layer of spec.layers) {
      const box = element("input", { type: "checkbox", "data-layer": layer.key });
      box.checked = layer.on;
      box.onchange = () => { on[layer.key] = box.checked; paint(last); };
      ticks.append(element("label", {}, box, layer.label));
    }
    page.fold("What is drawn").append(ticks);
  }
  const at = (x, y) => [((x / spec.extent + 1) * spec.size) / 2, ((1 - y / spec.extent) * spec.size) / 2];
  const fake = rgb(page.colours.fake), real = rgb(page.colours.real);
  const shade = Array.from({ length: 256 }, (_, v) => {  // orange: fake, white: undecided, blue: real
    const p = v / 255, end = p < 0.5 ? fake : real, share = Math.abs(2 * p - 1) * 0.62;
    return end.map((c) => 255 + (c - 255) * share);
  });
  let small = null, last = {}, stroke = [];
  const draws = {
    heat({ data, shape: [rows, columns] }) {
      if (!small || small.canvas.width !== columns || small.canvas.height !== rows) small = bitmap(columns, rows);
      for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) {
        const [red, green, blue] = shade[data[r * columns + c]], i = 4 * ((rows - 1 - r) * columns + c);
        const pixels = small.image.data; pixels[i] = red; pixels[i + 1] = green; pixels[i + 2] = blue; pixels[i + 3] = 255;
      }
      small.pen.putImageData(small.image, 0, 0);
      pen.imageSmoothingEnabled = true;
      pen.drawImage(small.canvas, 0, 0, spec.size, spec.size);
    },
    manifold({ data, shape: [rows, columns] }) {
      const point = (r, c) => at(data[2 * (r * columns + c)], data[2 * (r * columns + c) + 1]);
      pen.strokeStyle = page.colours.third; pen.lineWidth = 1;
      pen.beginPath();
      for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) {
        const here = point(r, c);
        if (c + 1 < columns) { pen.moveTo(...here); pen.lineTo(...point(r, c + 1)); }
        if (r + 1 < rows) { pen.moveTo(...here); pen.lineTo(...point(r + 1, c)); }
      }
      pen.stroke();
    },
    arrows({ data, shape: [count] }) {
      pen.strokeStyle = "#222"; pen.lineWidth = 1.2; pen.beginPath();
      for (let i = 0; i < count; i++) {
        const [x, y] = at(data[4 * i], data[4 * i + 1]), [u, v] = at(data[4 * i] + data[4 * i + 2], data[4 * i + 1] + data[4 * i + 3]);
        const length = Math.hypot(u - x, v - y);
        if (length < 1.5) continue;
        const a = (u - x) / length, b = (v - y) / length, head = Math.min(5, length / 2);
        pen.moveTo(x, y); pen.lineTo(u, v);
        pen.lineTo(u - head * (a + 0.5 * b), v - head * (b - 0.5 * a));
        pen.moveTo(u, v); pen.lineTo(u - head * (a - 0.5 * b), v - head * (b + 0.5 * a));
      }
      pen.stroke();
    },
    real({ data, shape: [count] }) {  // round
      pen.fillStyle = page.colours.real; pen.beginPath();
      for (let i = 0; i < count; i++) { const [x, y] = at(data[2 * i], data[2 * i + 1]); pen.moveTo(x + 2.4, y); pen.arc(x, y, 2.4, 0, 7); }
      pen.fill();
    },
    fake({ data, shape: [count] }) {  // diamonds
      pen.fillStyle = page.colours.fake; pen.beginPath();
      for (let i = 0; i < count; i++) {
        const [x, y] = at(data[2 * i], data[2 * i + 1]);
        pen.moveTo(x, y - 3.4); pen.lineTo(x + 3.4, y); pen.lineTo(x, y + 3.4); pen.lineTo(x - 3.4, y); pen.closePath();
      }
      pen.fill();
    },
  };
  draws.best = draws.heat;
  function paint(arrays) {
    last = arrays;
    pen.fillStyle = "#fff"; pen.fillRect(0, 0, spec.size, spec.size);
    for (const layer of spec.layers) {
      const array = arrays[`${spec.name}.${layer.key}`];
      if (on[layer.key] && array) draws[layer.key](array);
    }
    if (stroke.length) drawStroke();
  }
  function drawStroke() {
    pen.strokeStyle = page.colours.real; pen.lineWidth = 3; pen.beginPath();
    stroke.forEach(([x, y], i) => (i ? pen.lineTo(...at(x, y)) : pen.moveTo(...at(x, y))));
    pen.stroke();
  }
  if (spec.pointer === "draw") {
    canvas.style.cursor = "crosshair"; canvas.style.touchAction = "none";
    const place = (e) => {
      const box = canvas.getBoundingClientRect(), s = spec.extent;
      return [((e.clientX - box.left) / box.width * 2 - 1) * s, (1 - (e.clientY - box.top) / box.height * 2) * s];
    };
    canvas.onpointerdown = (e) => { canvas.setPointerCapture(e.pointerId); stroke = [place(e)]; };
    canvas.onpointermove = (e) => { if (stroke.length) { stroke.push(place(e)); paint(last); } };
    canvas.onpointerup = () => { if (stroke.length > 3) page.send("point", spec.name, stroke); stroke = []; paint(last); };
    canvas.onpointercancel = () => { stroke = []; };
  }
  return { node: figure, canvas, paint };
}

function pixelsView(spec, page) {
  const { canvas, figure, pen } = canvasFigure(spec, 8, 8, Boolean(spec.pointer));
  canvas.style.width = `${spec.width}px`; canvas.style.imageRendering = "pixelated";
  const names = (list, kind) => element("div", { class: kind }, ...list.map((text) => element("span", { text })));
  if (spec.columns.length || spec.rows.length)
    figure.append(element("div", { class: "grid" }, element("span"), names(spec.columns, "columns"), names(spec.rows, "rows"), canvas));
  else figure.append(canvas);
  let image = null;
  function paint(arrays) {
    const array = arrays[spec.name];
    if (!array) return;
    const { data, shape: [height, width, channels = 1] } = array;
    if (!image || image.width !== width || image.height !== height) {
      canvas.width = width; canvas.height = height; image = new ImageData(width, height);
    }
    const out = image.data, green = channels === 3 ? 1 : 0, blue = 2 * green;
    for (let to = 0, from = 0; to < out.length; to += 4, from += channels) {
      out[to] = data[from]; out[to + 1] = data[from + green]; out[to + 2] = data[from + blue]; out[to + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
  }
  if (spec.pointer) {
    canvas.style.cursor = "crosshair"; canvas.style.touchAction = "none";
    let spot = [0.5, 0.5], strokes = 0;
    const point = () => page.send("point", spec.name, spec.pointer === "paint" ? [...spot, strokes] : spot);
    const tell = (e) => {
      const box = canvas.getBoundingClientRect(), inside = (v) => Math.min(1, Math.max(0, v));
      spot = [inside((e.clientX - box.left) / box.width), inside((e.clientY - box.top) / box.height)];
      point();
    };
    canvas.onpointerdown = (e) => { canvas.setPointerCapture(e.pointerId); strokes += 1; tell(e); };
    canvas.onpointermove = (e) => { if (spec.pointer !== "click" && e.buttons) tell(e); };
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    canvas.onkeydown = (e) => {
      const move = moves[e.key];
      if (!move) return;
      e.preventDefault();
      const shorter = Math.min(canvas.width, canvas.height) / 16;  // of it, a sixteenth a key
      spot = spot.map((v, k) => Math.min(1, Math.max(0, v + (move[k] * shorter) / [canvas.width, canvas.height][k])));
      strokes += 1;
      point();
    };
  }
  return { node: figure, canvas, paint };
}

function curvesView(spec, page) {
  const { canvas, figure, pen } = canvasFigure(spec, spec.width, spec.height);
  const legend = element("div", { class: "legend" });
  const keys = spec.series.map((s) => {
    const key = element("span", { class: "key" }), value = element("span");
    key.style.borderTopColor = page.colours[s.colour];
    legend.append(element("span", {}, key, `${s.label} `, value));
    return value;
  });
  canvas.className = "framed";
  figure.append(legend, canvas);
  function paint(arrays) {
    const lines = spec.series.map((s) => arrays[`${spec.name}.${s.key}`]);
    if (lines.every((l) => !l)) return;
    const left = 44, right = 8, top = 8, bottom = 18, w = spec.width - left - right, h = spec.height - top - bottom;
    let x0 = Infinity, x1 = -Infinity, y0 = Infinity, y1 = -Infinity;
    for (const line of lines) for (let i = 0; line && i < line.shape[0]; i++) {
      const x = line.data[2 * i], y = line.data[2 * i + 1];
      x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y);
    }
    y0 = spec.low ?? y0; y1 = spec.high ?? y1;
    if (!(y1 > y0)) { y1 = y0 + 1; }
    if (!(x1 > x0)) { x1 = x0 + 1; }
    const px = (x) => left + ((x - x0) / (x1 - x0)) * w, py = (y) => top + (1 - (Math.min(y1, Math.max(y0, y)) - y0) / (y1 - y0)) * h;
    pen.fillStyle = "#fff"; pen.fillRect(0, 0, spec.width, spec.height);
    pen.strokeStyle = "#ccc"; pen.lineWidth = 1; pen.beginPath();
    for (const y of [y0, (y0 + y1) / 2, y1]) { pen.moveTo(left, py(y)); pen.lineTo(left + w, py(y)); }
    pen.stroke();
    pen.fillStyle = "#222"; pen.font = "11px sans-serif"; pen.textAlign = "right"; pen.textBaseline = "middle";
    for (const y of [y0, (y0 + y1) / 2, y1]) pen.fillText(short(Math.abs(y) < 1e-3 * (y1 - y0) ? 0 : y), left - 5, py(y));
    pen.textBaseline = "alphabetic";
    if (Number.isFinite(x0)) { pen.fillText(`step ${Math.round(x1)}`, left + w, spec.height - 4); pen.textAlign = "left"; pen.fillText(`${Math.round(x0)}`, left, spec.height - 4); }
    lines.forEach((line, k) => {
      if (!line || !line.shape[0]) { keys[k].textContent = "–"; return; }
      pen.strokeStyle = page.colours[spec.series[k].colour]; pen.lineWidth = 1.8; pen.beginPath();
      for (let i = 0; i < line.shape[0]; i++) {
        const p = [px(line.data[2 * i]), py(line.data[2 * i + 1])];
        i ? pen.lineTo(...p) : pen.moveTo(...p);
      }
      pen.stroke();
      keys[k].textContent = short(line.data[2 * line.shape[0] - 1]);
    });
  }
  return { node: figure, canvas, paint };
}

function heatView(spec, page) {
  const table = element("table", { "aria-label": spec.label });
  table.append(element("tr", {}, element("td"), ...spec.columns.map((c) => element("th", { text: c, scope: "col" }))));
  const cells = spec.rows.map((name) => {
    const fields = spec.columns.map(() => element("td", { class: "field" }));
    table.append(element("tr", {}, element("th", { text: name, class: "row", scope: "row" }), ...fields));
    return fields;
  });
  const axes = element("div", { class: "axis", text: `rows: ${spec.row_title} · columns: ${spec.column_title}` });
  const figure = element("figure", { "data-view": spec.name }, element("figcaption", { text: spec.label }), axes, table);
  function paint(arrays) {
    const array = arrays[spec.name];
    if (!array) return;
    cells.forEach((line, r) => line.forEach((cell, c) => {
      const value = array.data[r * array.shape[1] + c], empty = Number.isNaN(value);
      cell.textContent = empty ? "" : value === 0 ? "0" : short(value);
      const place = Math.log(Math.max(value, spec.low) / spec.low) / Math.log(spec.high / spec.low);
      const k = Math.min(63, Math.max(0, Math.round(63 * place)));
      cell.style.background = empty ? "" : value === 0 ? "#fff" : `rgb(${page.cividis[k]})`;
      cell.style.color = empty ? "" : value === 0 || k > 31 ? "#000" : "#fff";
    }));
  }
  return { node: figure, paint };
}

function barsView(spec, page) {
  const table = element("table", { class: "bars", "aria-label": spec.label }), span = spec.high - spec.low, zero = (-spec.low / span) * 100;
  const lines = spec.rows.map((name) => {
    const bars = ["real", "fake"].map((kind) => {
      const bar = element("i");
      bar.style.background = page.colours[kind];
      const middle = element("b"); middle.style.left = `${zero}%`;
      const track = element("div", { class: "track" }, bar, middle); track.style.width = `${spec.width}px`;
      return { bar, track, number: element("div", { class: "number" }) };
    });
    table.append(element("tr", {}, element("th", { text: name, class: "row", scope: "row" }), element("td", {}, ...bars.map((b) => b.track)), element("td", {}, ...bars.map((b) => b.number))));
    return bars;
  });
  const legend = element("div", { class: "legend" }, ...["real", "fake"].map((kind) => {
    const key = element("span", { class: "key" }); key.style.borderTopColor = page.colours[kind];
    return element("span", {}, key, kind);
  }), `from ${spec.low} to ${spec.high}`);
  const figure = element("figure", { "data-view": spec.name }, element("figcaption", { text: spec.label }), legend, table);
  function paint(arrays) {
    const array = arrays[spec.name];
    if (!array) return;
    lines.forEach((bars, r) => bars.forEach(({ bar, number }, k) => {
      const value = array.data[2 * r + k], empty = Number.isNaN(value);
      const end = empty ? zero : ((Math.min(spec.high, Math.max(spec.low, value)) - spec.low) / span) * 100;
      bar.style.left = `${Math.min(zero, end)}%`; bar.style.width = `${Math.abs(end - zero)}%`;
      number.textContent = empty ? "" : value.toFixed(2);
    }));
  }
  return { node: figure, paint };
}

function stepsView(spec) {
  const box = element("div", { class: "steps" }), items = [];
  let list = null;
  spec.lines.forEach(([heading, code, formula], i) => {
    if (!i || heading !== spec.lines[i - 1][0]) {
      list = element("ol", { start: String(i + 1) });
      box.append(element("div", { class: "turn" }, element("h4", { text: heading }), list));
    }
    const item = element("li", {}, element("code", { text: code }));
    if (formula) item.insertAdjacentHTML("beforeend", formula);
    list.append(item); items.push(item);
  });
  const said = element("p", { class: "said", "aria-live": "polite" });
  const figure = element("figure", { "data-view": spec.name }, element("figcaption", { text: spec.label }), box, said);
  function paint(arrays) {
    const current = arrays[spec.name] ? arrays[spec.name].data[0] : -1;
    items.forEach((item, i) => {
      item.classList.toggle("current", i === current);
      i === current ? item.setAttribute("aria-current", "step") : item.removeAttribute("aria-current");
    });
    said.textContent = current < 0 ? "" : `${current + 1}. ${spec.lines[current][3]}`;
  }
  return { node: figure, paint };
}

const VIEWS = { plane: planeView, pixels: pixelsView, curves: curvesView, heat: heatView, bars: barsView, steps: stepsView };

// ---- controls ----------------------------------------------------------------------------------

function control(spec, page) {
  if (spec.kind === "action") {
    const button = element("button", { type: "button", text: spec.label, "data-control": spec.name });
    button.onclick = () => page.send("press", spec.name, null);
    return button;
  }
  if (spec.kind === "tick") {
    const box = element("input", { type: "checkbox", "data-control": spec.name });
    box.checked = spec.value;
    box.onchange = () => page.send("set", spec.name, box.checked);
    page.movers[spec.name] = (v) => { box.checked = v; };
    return element("label", {}, box, spec.label);
  }
  if (spec.kind === "menu") {
    const menu = element("select", { "data-control": spec.name }, ...spec.choices.map((c) => element("option", { text: c, value: c })));
    menu.value = spec.value;
    menu.onchange = () => page.send("set", spec.name, menu.value);
    page.movers[spec.name] = (v) => { menu.value = v; };
    return element("label", {}, spec.label, menu);
  }
  const value = spec.log ? Math.log10(spec.value) : spec.value;
  const slider = element("input", { type: "range", min: spec.low, max: spec.high, step: spec.step, value, "data-control": spec.name });
  const shown = element("output", { "aria-live": "off" });  // the slider says it itself
  const read = () => (spec.log ? 10 ** +slider.value : +slider.value);
  const write = () => { shown.textContent = spec.log ? short(read()) : String(+(+slider.value).toFixed(4)); slider.setAttribute("aria-valuetext", shown.textContent); };
  slider.oninput = () => { write(); page.send("set", spec.name, read()); };
  write();
  page.movers[spec.name] = (v) => { slider.value = spec.log ? Math.log10(v) : v; write(); };
  return element("label", {}, spec.label, slider, shown);
}

// ---- the panel ---------------------------------------------------------------------------------

function render({ model, el }) {
  const spec = model.get("_spec");
  const watch = (window.__msgan ??= { answers: [], draws: [], frames: 0, errors: [], panels: {} });
  const mine = (watch.panels[spec.name] = { frames: 0, painted: 0 });
  const waiting = new Map();  // id -> when it was sent
  const flying = new Map(), held = new Map();  // name -> id on its way; name -> the newest value that waits
  const folds = new Map();
  const alertBox = element("div", { role: "alert" });
  const root = element("div", { class: "msgan-panel", "data-name": spec.name }, element("style", { text: STYLE }));
  const foldBox = element("div");
  const page = {
    colours: spec.colours, cividis: spec.cividis, movers: {},
    fold(title) {
      if (!folds.has(title)) {
        const details = element("details", {}, element("summary", { text: title }));
        folds.set(title, details); foldBox.append(details);
      }
      return folds.get(title);
    },
    send(k, name, value) {  // one message a name is on its way; of what is moved meanwhile the newest counts
      if (flying.has(name)) { held.set(name, [k, value]); return; }
      const id = ++ids;
      if (k !== "point") alertBox.textContent = "";
      waiting.set(id, performance.now());
      flying.set(name, id);
      setTimeout(() => landed(name, id), 2000);
      model.send({ k, name, value, id });
    },
  };
  function landed(name, id) {
    if (flying.get(name) !== id) return;
    flying.delete(name);
    const next = held.get(name);
    held.delete(name);
    if (next) page.send(next[0], name, next[1]);
  }

  const bar = element("div", { class: "bar", role: "group", "aria-label": "Controls" });
  const status = element("span", { role: "status" });
  let play = null, playing = false;
  if (spec.transport) {
    play = element("button", { type: "button", class: "main", text: "Play" });
    play.onclick = () => page.send(playing ? "pause" : "play", "__play", null);
    const step = element("button", { type: "button", text: "Step" });
    step.onclick = () => page.send("step", "__step", null);
    bar.append(play, step);
    const reset = element("button", { type: "button", text: "Reset" });
    reset.onclick = () => page.send("reset", "__reset", null);
    page.fold("Steps and speed").append(element("div", { class: "bar" }, reset));
  }
  const views = spec.views.map((v) => VIEWS[v.kind](v, page));
  for (const c of spec.controls) {
    const node = control(c, page);
    if (!c.fold) { bar.append(node); continue; }
    const fold = page.fold(c.fold);
    let line = fold.querySelector(":scope > .bar");
    if (!line) { line = element("div", { class: "bar" }); fold.append(line); }
    line.append(node);
  }
  const viewBox = element("div", { class: "views" });
  views.forEach((view, i) => {
    if (i && spec.views[i].below) viewBox.lastChild.append(view.node);
    else viewBox.append(element("div", { class: "stack" }, view.node));
  });
  root.append(bar, element("div", { class: "bar" }, status), alertBox, viewBox);
  if (spec.caption) root.append(element("p", { class: "caption", text: spec.caption }));
  root.append(foldBox);
  root.querySelectorAll("button, input, select, summary").forEach((n) => (n.dataset.lmSuppressShortcuts = "true"));
  el.replaceChildren(root);

  const arrays = {}, news = new Set();  // news: views that have got an array since they were painted
  let newest = null, asked = 0;
  const answered = new Set();
  function paint() {
    asked = 0;
    const content = newest;
    views.forEach((view, i) => { if (news.has(spec.views[i].name)) view.paint(arrays); });
    news.clear();
    status.textContent = content.status;
    status.setAttribute("aria-live", content.playing ? "off" : "polite");
    views.forEach((v, i) => v.canvas && v.canvas.setAttribute("aria-label", `${spec.views[i].label}. ${content.status}`));
    playing = content.playing;
    if (play) play.textContent = playing ? "Pause" : "Play";
    if (content.moves) for (const [name, value] of Object.entries(content.moves)) page.movers[name]?.(value);
    const now = performance.now();
    for (const id of answered) if (waiting.has(id)) { watch.draws.push(now - waiting.get(id)); waiting.delete(id); }
    answered.clear();
    watch.frames += 1; mine.frames += 1; mine.painted = content.n;
    if (content.n % 3 === 0 || !playing) model.send({ k: "seen", n: content.n });  // every message costs the kernel
  }
  function receive(message, buffers) {
    if (message.k === "frame") {
      message.arrays.forEach(([name, type, shape], i) => {
        const b = buffers[i], start = b.byteOffset ?? 0, length = b.byteLength;
        const bytes = b.buffer ? b.buffer.slice(start, start + length) : b;
        arrays[name] = { data: new TYPES[type](bytes), shape };
        news.add(name.split(".")[0]);
      });
      (message.answered || []).forEach((id) => answered.add(id));
      newest = message;
      asked ||= setTimeout(paint, 0);  // several frames that arrived together are painted once
    } else if (message.k === "echo") {
      if (waiting.has(message.id)) watch.answers.push(performance.now() - waiting.get(message.id));
      landed(message.name, message.id);
    } else if (message.k === "moved") {
      for (const [name, value] of Object.entries(message.moves)) page.movers[name]?.(value);
    } else if (message.k === "error") {
      alertBox.textContent = message.text;
      if (message.text) watch.errors.push(message.text);
    }
  }
  model.on("msg:custom", receive);
  model.send({ k: "ready" });
  return () => model.off("msg:custom", receive);
}

export default { render };
