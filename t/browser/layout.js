// What is wrong with the page as it is shown, as sentences: overflow, text that is cut off, covered, small or faint.
const wrong = [];
const root = document.documentElement;
const name = (element) => element.tagName.toLowerCase() + " '" + element.textContent.trim().slice(0, 40) + "'";
if (root.scrollWidth > window.innerWidth) wrong.push(`the page is ${root.scrollWidth} wide, the window ${window.innerWidth}`);

const colour = (text) => {
  const parts = text.match(/[\d.]+/g).map(Number);
  return { rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
};
// Relative luminance and contrast by WCAG 2.
const luminance = ({ rgb }) => {
  const [r, g, b] = rgb.map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
};
const ground = (element) => {
  for (let each = element; each; each = each.parentElement) {
    const background = colour(getComputedStyle(each).backgroundColor);
    if (background.alpha > 0) return background;
  }
  const drawn = document.querySelector("rect.g");
  return drawn ? colour(getComputedStyle(drawn).fill) : colour("rgb(255, 255, 255)");
};

for (const closed of document.querySelectorAll("details")) closed.open = true;
for (const element of document.querySelectorAll("body *, svg text")) {
  if (["STYLE", "SCRIPT"].includes(element.tagName)) continue;
  const style = getComputedStyle(element);
  const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "");
  if (element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1 && style.overflowX !== "visible") {
    wrong.push(`${name(element)} holds ${element.scrollWidth} in ${element.clientWidth}`);
  }
  if (!own || element.tagName === "title") continue;
  const box = element.getBoundingClientRect();
  if (box.left < -0.5 || box.right > window.innerWidth + 0.5) wrong.push(`${name(element)} goes beyond the window`);
  if (parseFloat(style.fontSize) < 12) wrong.push(`${name(element)} is ${style.fontSize} small`);
  const text = document.createRange();
  text.selectNodeContents(element);
  const lines = new Set([...text.getClientRects()].map((line) => Math.round(line.top))).size;
  if (element.matches("th:not([scope=row]), .n td + td") && lines > 1) wrong.push(`${name(element)} is broken into ${lines} lines`);
  const ratio = contrast(colour(element.closest("svg") ? style.fill : style.color), ground(element));
  if (ratio < 4.5) wrong.push(`${name(element)} has a contrast of ${ratio.toFixed(1)}`);
}
for (const row of document.querySelectorAll("svg g")) {
  const [label, value] = [...row.querySelectorAll("text")].map((text) => text.getBoundingClientRect());
  const area = row.ownerSVGElement.getBoundingClientRect();
  if (value && label.right > value.left) wrong.push(`${name(row)}: label and figure cover each other`);
  for (const part of row.querySelectorAll("text, rect")) {
    const box = part.getBoundingClientRect();
    if (box.left < area.left - 0.5 || box.right > area.right + 0.5 || box.bottom > area.bottom + 0.5) {
      wrong.push(`${name(row)} goes beyond its drawing`);
    }
  }
}
return wrong;
