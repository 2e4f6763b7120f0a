"use strict";
if (parent !== window) {
  // Within Snakemake's report a page has no neighbours: the report hands out files by their paths in the run.
  const images = [...document.querySelectorAll("img[data-path]")];
  const links = [...document.querySelectorAll("a[data-path]")];
  const ask = (what, path) => parent.postMessage({ isospine: what, path }, "*");
  addEventListener("message", ({ source, data }) => {
    if (source !== parent) return;
    if (data.isospine === "files") {
      document.body.classList.add("framed");
      for (const link of links) if (!data.paths.includes(link.dataset.path)) link.removeAttribute("href");
      for (const image of images) if (data.paths.includes(image.dataset.path)) ask("file", image.dataset.path);
    } else if (data.isospine === "file") {
      for (const image of images) if (image.dataset.path === data.path) image.src = data.address;
    }
  });
  addEventListener("click", (event) => {
    const link = event.target.closest("a[data-path]");
    if (!link || !document.body.classList.contains("framed")) return;
    event.preventDefault();
    if (link.hasAttribute("href")) ask("show", link.dataset.path);
  });
  ask("files");
}
