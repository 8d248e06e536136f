-- CreateTable
CREATE TABLE "mission_plans" (
    "mission_id" TEXT NOT NULL,
    "items" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mission_plans_pkey" PRIMARY KEY ("mission_id")
);

-- CreateTable
CREATE TABLE "session_memories" (
    "session_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "content" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "session_memories_pkey" PRIMARY KEY ("session_id","key")
);

-- AddForeignKey
ALTER TABLE "mission_plans" ADD CONSTRAINT "mission_plans_mission_id_fkey" FOREIGN KEY ("mission_id") REFERENCES "missions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session_memories" ADD CONSTRAINT "session_memories_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE CASCADE;
