-- When the sweep looks, the next time, whether a session has gone out of use. Not `updated_at`: that changes with every claim
-- of one of its missions, and would take the index below along each time.
ALTER TABLE "sessions" ADD COLUMN "look_at" TIMESTAMPTZ(6) NOT NULL DEFAULT (now() + '1 day'::interval);
