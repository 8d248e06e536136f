CREATE TABLE "harbours" (
    "id" TEXT NOT NULL,
    "mission_id" TEXT,

    CONSTRAINT "harbours_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "harbours_of_mission" ON "harbours" ("mission_id");
ALTER TABLE "harbours" ADD CONSTRAINT "harbours_of_mission_fkey" FOREIGN KEY ("mission_id") REFERENCES "missions" ("id") ON DELETE CASCADE;
