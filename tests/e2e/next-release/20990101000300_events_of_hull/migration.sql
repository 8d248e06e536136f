CREATE INDEX CONCURRENTLY "events_of_hull" ON "mission_events" ("hull") WHERE "hull" IS NOT NULL;
