import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    // The CSP allows no data: scripts or styles, and inlined assets would need them.
    assetsInlineLimit: 0,
    // Every browser this targets knows module preload; the polyfill would be dead weight.
    modulePreload: { polyfill: false },
  },
});
