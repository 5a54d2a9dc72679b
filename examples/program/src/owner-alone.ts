/** Permissions of files that other users of the machine must not read: tokens, keys, addresses. */
export const FILE_OF_OWNER = 0o600
export const FOLDER_OF_OWNER = 0o700
