-- CreateTable
CREATE TABLE "summaries" (
    "mission_id" TEXT NOT NULL,
    "step_number" INTEGER NOT NULL,
    "chain_stage" SMALLINT NOT NULL,
    "up_to_step" INTEGER NOT NULL,
    "text" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "summaries_pkey" PRIMARY KEY ("mission_id","step_number")
);

-- AddForeignKey
ALTER TABLE "summaries" ADD CONSTRAINT "summaries_mission_id_fkey" FOREIGN KEY ("mission_id") REFERENCES "missions"("id") ON DELETE CASCADE ON UPDATE CASCADE;
