/** The product's mark and name. */
export function Brand() {
  return (
    <>
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" className="brand-mark">
        <rect width="32" height="32" rx="9" />
        <path d="M8 10.5a3 3 0 0 1 3-3h10a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3h-5.5L11 24v-4.5a3 3 0 0 1-3-3z" />
      </svg>
      <span>Parley</span>
    </>
  );
}
