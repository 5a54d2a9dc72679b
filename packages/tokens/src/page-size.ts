/** Rows of a page, where nobody says how many. */
export const DEFAULT_PAGE = 20
export const LARGEST_PAGE = 100
