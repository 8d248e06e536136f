/** Why a mission that was turned away at its account's limit waits. */
export const ACCOUNT_LIMIT = 'the account runs as many missions as it may';
