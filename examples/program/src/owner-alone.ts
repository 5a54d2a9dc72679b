/** Permissions of what others on the machine have no business with: tokens on record, keys, addresses. */
export const FILE_OF_OWNER = 0o600
export const FOLDER_OF_OWNER = 0o700
