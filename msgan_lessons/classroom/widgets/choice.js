// The page's side of a question with a few answers (questions.py): a group of radio buttons that bears
// the question as its name, an optional button, and a line that is read out when it changes.
// Out: the trait `value`; {k: "press"} for the button. In: the traits, whenever they change.

const STYLE = `
.msgan-choice { border: 0; margin: 0; padding: 2px 0 4px; max-width: 60rem; min-width: 0; color: var(--jp-content-font-color1, inherit); font: 14px/1.5 var(--jp-content-font-family, system-ui, sans-serif); }
.msgan-choice legend { font-weight: 600; padding: 0; margin-bottom: 4px; }
.msgan-choice label { display: flex; gap: 8px; align-items: baseline; padding: 2px 0; cursor: pointer; }
.msgan-choice input { flex: none; margin: 0; accent-color: #0072B2; }
.msgan-choice input:disabled { cursor: default; }
.msgan-choice button { font: inherit; margin-top: 6px; padding: 3px 14px; border-radius: 4px; border: 1px solid #0072B2; background: #0072B2; color: #fff; cursor: pointer; }
.msgan-choice button[hidden] { display: none; }
.msgan-choice input:focus-visible, .msgan-choice button:focus-visible { outline: 3px solid #E69F00; outline-offset: 2px; }
.msgan-choice p { margin: 4px 0 0; min-height: 1.5em; }
`;

// without this attribute JupyterLab takes the arrow keys for itself, to move between cells
const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };
let count = 0;

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function render({ model, el }) {
  const group = `msgan-choice-${Date.now()}-${count++}`;
  const said = element("p", { role: "status", tabindex: "-1" });
  const inputs = model.get("options").map((option) => {
    const input = element("input", { type: "radio", name: group, value: option, ...OWN_KEYS });
    input.onchange = () => {
      if (!input.checked) return;
      model.set("value", option);
      model.save_changes();
      update();
    };
    return input;
  });
  const labels = inputs.map((input) => element("label", {}, input, element("span", {}, input.value)));
  const button = element("button", { type: "button", ...OWN_KEYS }, model.get("action"));
  button.hidden = !model.get("action");
  button.onclick = () => model.send({ k: "press" });
  const legend = element("legend", {}, model.get("question"));
  const box = element("fieldset", { class: "msgan-choice" }, legend, ...labels, button, said);

  function update() {
    const value = model.get("value"), disabled = model.get("disabled");
    for (const input of inputs) {
      input.checked = input.value === value;
      input.disabled = disabled;
    }
    if (disabled && button === document.activeElement) said.focus();  // the button goes
    button.hidden = !model.get("action") || disabled;
    const text = model.get("told")[value] ?? model.get("said");
    if (said.textContent !== text) said.textContent = text;
  }
  for (const trait of ["value", "disabled", "said", "told"]) model.on(`change:${trait}`, update);
  el.append(element("style", {}, STYLE), box);
  update();
  return () => { for (const trait of ["value", "disabled", "said", "told"]) model.off(`change:${trait}`, update); };
}

export default { render };
