/** Rows of a page without a `limit`. */
export const DEFAULT_PAGE = 20
export const LARGEST_PAGE = 100
