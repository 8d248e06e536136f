-- When an account that ran all it may last had room again: what it kept waiting until then, no worker could have taken.
ALTER TABLE "accounts" ADD COLUMN "room_since" TIMESTAMPTZ(6);
