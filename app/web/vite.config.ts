import { defineConfig } from "vite";

export default defineConfig({
  build: {
    outDir: "dist",
    // Every browser that has WebRTC and is still looked after.
    target: "es2022",
    // Nothing inline: the page's Content-Security-Policy allows only files of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // `npm run dev` beside a running `margrave demo`.
  server: {
    proxy: {
      "/demo.json": "http://localhost:8080",
      "/ws": { target: "ws://localhost:8080", ws: true },
    },
  },
});
