-- When an operator has switched an agent off: every version of it, so that a claim asks one row. Versions that come
-- later have it from the one before.
ALTER TABLE "agents" ADD COLUMN "switched_off_at" TIMESTAMPTZ(6);

-- Every claim asks whether an agent is off, and nearly never is one: it then reads an empty index.
CREATE INDEX "agents_switched_off" ON "agents" ("id") WHERE "switched_off_at" IS NOT NULL;
