CREATE INDEX CONCURRENTLY "missions_of_hull" ON "missions" ("hull", "id");
