"use strict";
// of the scripts after this one
// oxlint-disable-next-line no-unused-vars
const get = (id) => document.getElementById(id);
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

async function inflate(text) {
  const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// codes of all volumes from their differences along I-S and from one volume to the next
// oxlint-disable-next-line no-unused-vars
async function unpackCodes(data, [width, height, depth], count) {
  const [layer, size] = [width * height, width * height * depth];
  const codes = await inflate(data);
  for (let v = 0; v < count; v++)
    for (let i = v * size + layer; i < (v + 1) * size; i++) codes[i] += codes[i - layer];
  for (let i = size; i < codes.length; i++) codes[i] += codes[i - size];
  return codes;
}
